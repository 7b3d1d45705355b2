using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Starts failed instances again where their policy says so (vmm 4.8); key <c>instance/&lt;id&gt;</c>, 16 at once. Whether one may be restarted is
/// decided by the instance, not by the view that named it.
/// </summary>
internal sealed class InstanceReincarnation(
    IViews views, Asking asking, Lazy<ISagas> sagas, IRandomSource random, TimeProvider time, RestartReports reports,
    WatchMetrics metrics, ILogger<InstanceReincarnation> log) : IReconciler
{
    private const string KeyStart = "instance/";
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(2);

    public string Name => Reconcilers.InstanceReincarnation;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(60),
        Concurrency = InstancesLimits.RestartsMax,
        TurnTimeout = TimeSpan.FromSeconds(120),
    };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var instance in views.AllAsync(new ViewQuery<InstanceRow>(InstanceViews.Instances), ct).ConfigureAwait(false))
        {
            if (RunState.IsBroken(instance.Row) && shards.Contains(Addresses.Instance(instance.Row.Id)))
            {
                metrics.Broken();
                InstancesLog.StateBroken(log, instance.Row.Id.ToString(), instance.Row.State, instance.Row.ActiveVmm?.ToString() ?? "none");
            }

            if (instance.Row is { RunState: RunStates.Failed, IntendedState: Intents.Running } && instance.Row.AutoRestartPolicy != "never"
                && shards.Contains(Addresses.Instance(instance.Row.Id)))
            {
                yield return Addresses.Instance(instance.Row.Id).ToString();
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!Guid.TryParse(key.AsSpan(KeyStart.Length), out var id))
        {
            return Reconciled.Done;
        }

        var asked = await asking.AskAsync(Addresses.Instance(InstanceId.From(id)), new MayRestart(), Name, ct).ConfigureAwait(false);
        if (asked.Value is not { } may || may.Start is null)
        {
            // Not before the cooldown is over; or not at all.
            return asked.Value?.After is { } due && due > time.GetUtcNow() ? Reconciled.After(due - time.GetUtcNow()) : Reconciled.Done;
        }

        var vmm = VmmId.From(random.NewGuid());
        var how = new AskOptions { Key = new CommandKey($"restart:{vmm}"), Deadline = s_wait, Caller = Principal.Reconciler(Name) };
        var end = await sagas.Value.RunAsync<StartSaga, StartData>(vmm.ToString(), may.Start with { Vmm = vmm }, how, ct).ConfigureAwait(false);
        if (end is SagaEnd<StartData>.NotStarted { Why: not Outcome<Done>.Refused } none)
        {
            // Its shard is on its way to another node, or the node has too much to do: not a start that failed.
            return Reconciled.Retry($"the start of instance {id} was not begun: {none.Why}");
        }

        var word = reports.Ended(may.Why, end);
        InstancesLog.Restarted(log, id, may.Why, word);

        // Somebody was quicker, or the last VMM was not quite gone: the instance says which at the next look.
        return (word == RestartReports.Changed ? Reconciled.After(s_again) : Reconciled.Done).With(
            new RestartReport
            {
                InstancesFound = ImmutableSortedDictionary<string, int>.Empty.Add(may.Why, 1),
                InstancesReincarnated = word == RestartReports.Started ? 1 : 0,
                ChangedState = word == RestartReports.Changed ? 1 : 0,
                RestartErrors = word is RestartReports.Started or RestartReports.Changed ? [] : [$"{id}: {word}"],
            },
            InstancesJson.Default.RestartReport);
    }
}

/// <summary>What automatic restarts came to since the start of the process (vmm 4.8). Thread-safe.</summary>
public sealed class RestartReports
{
    internal const string Started = "started";
    internal const string Changed = "changed_state";

    private long _reincarnated;
    private long _changedState;
    private long _errors;

    /// <summary>Instances that run again.</summary>
    public long Reincarnated => Interlocked.Read(ref _reincarnated);

    /// <summary>Instances that somebody else changed meanwhile.</summary>
    public long ChangedState => Interlocked.Read(ref _changedState);

    /// <summary>Starts that failed.</summary>
    public long RestartErrors => Interlocked.Read(ref _errors);

    internal string Ended(string why, SagaEnd<StartData> end)
    {
        switch (end)
        {
            case SagaEnd<StartData>.Completed or SagaEnd<StartData>.Running:
                Interlocked.Increment(ref _reincarnated);
                return Started;
            case SagaEnd<StartData>.Unwound { Why.Kind: RefusalKind.Conflict }:
                Interlocked.Increment(ref _changedState);
                return Changed;
            default:
                Interlocked.Increment(ref _errors);
                return end is SagaEnd<StartData>.Unwound unwound ? unwound.Why.Message : $"{end} after {why}";
        }
    }
}
