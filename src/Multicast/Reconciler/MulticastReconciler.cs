using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>
/// Makes one switch hold what it should (multicast 5). Level-triggered; harmless when run twice. A nudge makes a small turn over the groups that
/// the rows call behind on this switch; the period, a new inventory, an absence or a rebirth of the switch make a full one.
/// </summary>
internal sealed class MulticastReconciler(
    IViews views,
    ISwitchPorts ports,
    SmallTurn small,
    FullTurn full,
    MemberRecall recall,
    MulticastStatus status,
    MulticastMetrics metrics,
    IOptions<MulticastOptions> options,
    TimeProvider time) : IReconciler
{
    private readonly ConcurrentDictionary<string, SwitchMemory> _memories = new(StringComparer.Ordinal);

    public string Name => Reconcilers.Multicast;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(options.Value.PeriodSecs),

        // A switch that is back must be right within seconds, and a turn on one that is down costs one refused call.
        BackoffMax = TimeSpan.FromSeconds(10),
        SecondLook = AdapterLimits.SwitchDeadline,
        TurnTimeout = TimeSpan.FromMinutes(2),

        // A turn costs what changed since the last one: holding it back only makes joins wait.
        KeyRate = 100,
        KeyBurst = 200,
    };

    public ImmutableArray<NudgeRule> Nudges =>
    [
        new("switch", entity => [entity.Key]),
        new("sled", _ => null), // where sleds are cabled is part of every switch's document
        new("ip-pool", _ => null), // and so are VLAN and uplinks of pools
    ];

    public EntityAddress AddressOf(string key) => new("switch", key);

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        var (recorded, owned) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        await foreach (var item in views.AllAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false))
        {
            recorded.Add(item.Key);
            if (shards.Contains(Addresses.Switch(item.Row.Rack, item.Row.Slot)))
            {
                owned.Add(item.Key);
                yield return item.Key;
            }
        }

        foreach (var gone in ports.Known.Keys.Concat(_memories.Keys).Where(k => !recorded.Contains(k)).ToHashSet(StringComparer.Ordinal))
        {
            Forget(gone);
        }

        // What another node works on now, that one measures.
        metrics.KeepOnly(owned);
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!options.Value.Enabled)
        {
            status.Record(key, new MulticastReport { Disabled = true });
            return Reported(key, Reconciled.Done);
        }

        var started = time.GetTimestamp();
        if (await views.GetAsync(InventoryViews.Switches, key, ct).ConfigureAwait(false) is not { } record)
        {
            Forget(key);
            return Reconciled.Done;
        }

        var memory = _memories.GetOrAdd(key, _ => new SwitchMemory());
        var port = ports.For(key, new Uri(record.Row.Address));
        var wasAway = turn.IsFirst || memory.Rebirths != port.Rebirths || (memory.UpSince - port.Status.Since).Duration() > AdapterLimits.SameMoment;
        if (wasAway)
        {
            status.Doubt(key, port.Status.State == DeviceState.Down
                ? new SwitchDoubt("the switch does not answer", port.Status.Since, IsSilent: true)
                : new SwitchDoubt("what the switch holds has not been compared since it was last away", time.GetUtcNow(), IsSilent: false));
        }

        var needsFull = turn.IsResync || wasAway || memory.NeedsFull;
        var end = needsFull ? null : await small.RunAsync(key, port, memory, ct).ConfigureAwait(false);
        var isFull = end is null || memory.NeedsFull;
        end = isFull ? await full.RunAsync(key, port, memory, ct).ConfigureAwait(false) : end;
        metrics.Turn(time.GetElapsedTime(started), isFull, end!.Value.End == ReconcileEnd.Done); // a turn was made, small or full
        if (isFull)
        {
            await recall.RunAsync(ct).ConfigureAwait(false);
        }

        return Reported(key, end.Value with { Generation = memory.Document });
    }

    private void Forget(string key)
    {
        status.Forget(key);
        metrics.Forget(key);
        ports.Forget(key);
        _memories.TryRemove(key, out _);
    }

    private Reconciled Reported(string key, Reconciled end) =>
        status.Of(key) is { } report ? end with { Report = JsonSerializer.SerializeToElement(report, MulticastJson.Default.MulticastReport) } : end;
}
