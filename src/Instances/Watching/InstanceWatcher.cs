using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Options;

namespace Gantry.Instances;

/// <summary>
/// The safety net (vmm 3.9): looks at every VMM of a sled; key <c>sled/&lt;id&gt;</c>. It needs no ring, and one check that fails or hangs never
/// stops the others.
/// </summary>
internal sealed class InstanceWatcher(
    IViews views, SledAccess sleds, VmmPuller puller, VmmReporter reporter, PullGate gate, PowerCheck power, WatchReports reports,
    WatchMetrics metrics, IOptions<InstancesOptions> options, IOptions<NodeNameOptions> node) : IReconciler, IDisposable
{
    private const string KeyStart = "sled/";

    private readonly SemaphoreSlim _places = new(InstancesLimits.ChecksMax);

    public string Name => Reconcilers.InstanceWatcher;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(options.Value.WatcherPeriodSecs),

        // Sleds side by side; what is bounded is the number of checks, over all of them.
        Concurrency = 256,
        BackoffFirst = TimeSpan.FromSeconds(1),
        BackoffMax = TimeSpan.FromSeconds(30),
        TurnTimeout = TimeSpan.FromHours(1),
    };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        var mine = (await sleds.AllAsync(ct).ConfigureAwait(false))
            .Where(s => s.State != "decommissioned" && shards.Contains(Addresses.Sled(s.Id))).Select(s => s.Id).ToHashSet();

        // What this node saw of sleds that another one looks over now is old, and would be told twice.
        metrics.KeepOnly(mine);
        reports.KeepOnly(mine);
        foreach (var sled in mine)
        {
            yield return Addresses.Sled(sled).ToString();
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!Guid.TryParse(key.AsSpan(KeyStart.Length), out var id)
            || await sleds.FindAsync(SledId.From(id), ct).ConfigureAwait(false) is not { } sled)
        {
            return Reconciled.Done;
        }

        var checks = new ConcurrentBag<Check>();
        var query = new ViewQuery<VmmRow>(InstanceViews.Vmms).WhereEqual("sled", sled.Id.ToString());
        var isOff = new Lazy<Task<bool>>(() => power.IsOffAsync(sled, ct).AsTask());
        await Parallel.ForEachAsync(
            views.AllAsync(query, ct),
            new ParallelOptions { MaxDegreeOfParallelism = InstancesLimits.ChecksMax, CancellationToken = ct },
            async (vmm, token) =>
            {
                if (!VmmWords.IsNotOnSled(vmm.Row.State))
                {
                    checks.Add(await CheckAsync(vmm.Row, sled, isOff, token).ConfigureAwait(false));
                }
            }).ConfigureAwait(false);

        var seen = checks.ToList();
        seen.ForEach(metrics.Checked);
        var pruned = metrics.Prune(sled.Id, seen.Select(c => c.Target.Vmm).ToHashSet());
        var report = WatchReport.Of(seen, pruned);
        reports.Put(key, report);
        return Reconciled.Done with { Report = JsonSerializer.SerializeToElement(report, InstancesJson.Default.WatchReport) };
    }

    public void Dispose() => _places.Dispose();

    private async ValueTask<Check> CheckAsync(VmmRow vmm, SledRow sled, Lazy<Task<bool>> isOff, CancellationToken ct)
    {
        await _places.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var end = await TryAsync(vmm, sled, isOff, ct).ConfigureAwait(false);
            var instance = (await views.GetAsync(InstanceViews.Instances, vmm.Instance.ToString(), ct).ConfigureAwait(false))?.Row;
            var state = end.Standing is null ? null : instance?.RunState ?? RunStates.Destroyed;
            return new Check(WatchTarget.Of(vmm, sled, instance, node.Value.Name), end, state);
        }
        finally
        {
            _places.Release();
        }
    }

    private async ValueTask<PullEnd> TryAsync(VmmRow vmm, SledRow sled, Lazy<Task<bool>> isOff, CancellationToken ct)
    {
        try
        {
            var end = await gate.JoinAsync(vmm.Id, () => puller.PullAsync(vmm, sled, Name, ct), ct).ConfigureAwait(false);
            return end.Incomplete == PullEnd.Unreachable && await isOff.Value.ConfigureAwait(false)
                ? new PullEnd(
                    await reporter.FailAsync(vmm.Id, FailureReasons.SledOff, Name, ct).ConfigureAwait(false), FailureReasons.SledOff)
                : end;
        }
        catch (Exception e) when (e is AskNotAnsweredException or StoreUnavailableException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // What the sled said could not be stored; the next run asks again.
            return new PullEnd(null, Incomplete: PullEnd.UpdateFailed);
        }
    }
}

/// <summary>The last report of the watcher for each sled, and their sum. Thread-safe.</summary>
public sealed class WatchReports
{
    private readonly ConcurrentDictionary<string, WatchReport> _byKey = new(StringComparer.Ordinal);
    private long _runs;

    /// <summary>The sum over all sleds.</summary>
    public WatchReport Total => _byKey.Values.Aggregate(new WatchReport(), (sum, one) => sum.Plus(one));

    /// <summary>Sleds looked over since the start of the process.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    internal void KeepOnly(IReadOnlySet<SledId> sleds)
    {
        var kept = sleds.Select(s => Addresses.Sled(s).ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _byKey.Keys.Where(k => !kept.Contains(k)).ToList())
        {
            _byKey.TryRemove(gone, out _);
        }
    }

    internal void Put(string key, WatchReport report)
    {
        _byKey[key] = report;
        Interlocked.Increment(ref _runs);
    }
}
