using System.Collections.Concurrent;
using Gantry.Actors;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Shouldly;

namespace Gantry.Engine.Tests.Running;

/// <summary>Clients that add to ledgers through given nodes, and know what was acknowledged.</summary>
internal sealed class LedgerLoad(RunningCluster cluster, IReadOnlyList<ClusterNode> gateways)
{
    private const int Ledgers = 48;
    private const int Clients = 8;

    private readonly ConcurrentDictionary<EntityAddress, int> _accepted = new();
    private readonly ConcurrentDictionary<EntityAddress, int> _maybe = new();
    private readonly ConcurrentBag<double> _tookMs = [];
    private int _unavailable;

    /// <summary>What came that was neither accepted nor, where allowed, unavailable.</summary>
    public ConcurrentBag<object> Others { get; } = [];

    public int Accepted => _accepted.Values.Sum();

    public int Unavailable => Volatile.Read(ref _unavailable);

    /// <summary>Commands that found nobody are asked again with their key until the patience is over.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.Zero;

    public double SlowestMs => _tookMs.DefaultIfEmpty().Max();

    public async Task WhileAsync(Func<Task> work)
    {
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(c => RunAsync(c, stop.Token)).ToList();
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        try
        {
            await work();
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }
    }

    /// <summary>Every acknowledged addition is there once; one whose outcome is unknown is there once or not at all.</summary>
    public async Task CheckAsync()
    {
        foreach (var (ledger, count) in _accepted)
        {
            var row = (await gateways[0].RowAsync(ledger)).ShouldNotBeNull();
            row.Notes.Distinct().Count().ShouldBe(row.Notes.Length, $"duplicates in {ledger}");
            row.Total.ShouldBeInRange(count, count + _maybe.GetValueOrDefault(ledger), $"{ledger} of {cluster.Nodes.Count} nodes");
        }
    }

    private async Task RunAsync(int client, CancellationToken stop)
    {
        await Task.Yield();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var ledger = LedgerArea.At($"load-{(client + (i * Clients)) % Ledgers}");
            var key = $"load-{client}-{i}-{SystemRandomSource.Instance.NewGuid():N}";
            await OneAsync(gateways[(client + i) % gateways.Count], ledger, key);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task OneAsync(ClusterNode node, EntityAddress ledger, string key)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var outcome = await node.AskAsync(ledger, new Add(1, key), key);
            switch (outcome)
            {
                case Outcome<LedgerTotal>.Accepted:
                    _accepted.AddOrUpdate(ledger, 1, (_, n) => n + 1);
                    _tookMs.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
                    return;
                case Outcome<LedgerTotal>.Unavailable when TimeProvider.System.GetElapsedTime(began) < Patience:
                    Interlocked.Increment(ref _unavailable);
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
                    break;
                case Outcome<LedgerTotal>.Unknown:
                    _maybe.AddOrUpdate(ledger, 1, (_, n) => n + 1);
                    Others.Add(outcome);
                    return;
                default:
                    Others.Add(outcome);
                    return;
            }
        }
    }
}
