using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Gantry.Actors;

namespace Gantry.Chaos;

/// <summary>Sets devices to what their cells say, under a generation that rises with every write.</summary>
internal sealed class DeviceReconciler(IViews views, Uri devices) : IReconciler
{
    private readonly HttpClient _http = new() { BaseAddress = devices, Timeout = TimeSpan.FromSeconds(5) };

    public string Name => "chaos_devices";

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(10), SecondLook = TimeSpan.FromSeconds(3), BackoffMax = TimeSpan.FromSeconds(5), TurnTimeout = TimeSpan.FromSeconds(10),
    };

    public ImmutableArray<NudgeRule> Nudges { get; } =
        [new(ChaosArea.Kind, cell => cell.Key.StartsWith(ChaosArea.DevicePrefix, StringComparison.Ordinal) ? [cell.Key] : [])];

    public EntityAddress AddressOf(string key) => ChaosArea.Address(key);

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in views.AllAsync(new ViewQuery<CellRow>(ChaosArea.Cells), ct))
        {
            if (item.Key.StartsWith(ChaosArea.DevicePrefix, StringComparison.Ordinal) && shards.Contains(ChaosArea.Address(item.Key)))
            {
                yield return item.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (await views.GetAsync(ChaosArea.Cells, key, ct) is not { } item)
        {
            return Reconciled.Done;
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"/{key}/{item.Row.Writes}/{item.Row.Value}");
        using var answer = await _http.PutAsync(new Uri(path, UriKind.Relative), content: null, ct);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => Reconciled.Done,
            HttpStatusCode.Conflict => Reconciled.After(TimeSpan.FromSeconds(1)), // it has a newer one: somebody else was quicker
            var other => Reconciled.Retry($"the device answers {other}"),
        };
    }
}
