using System.Collections.Immutable;
using System.Text.Json;

namespace Gantry.Actors;

/// <summary>
/// A supervising actor: level-triggered, keyed. A turn reads all desired, reads all actual, diffs with a pure function, acts
/// and reports. Running a turn twice, late, or on another node must be harmless (engine 7).
/// </summary>
public interface IReconciler
{
    /// <summary>Lower snake case, for example <c>multicast_reconciler</c>.</summary>
    string Name { get; }

    /// <summary>Its period, back-off and concurrency.</summary>
    ReconcilerOptions Options { get; }

    /// <summary>Events that nudge a key: (entity that changed, its kind's event tag) to key, or null.</summary>
    ImmutableArray<NudgeRule> Nudges => [];

    /// <summary>Every key that exists, within the shards: the source of the resync.</summary>
    IAsyncEnumerable<string> ListAsync(ShardSet shards, CancellationToken ct);

    /// <summary>
    /// The entity whose shard a key belongs to: the node that owns it works on the key. The same as <see cref="ListAsync"/> filters by.
    /// Default: the key is an address; one that is none goes by the reconciler's name.
    /// </summary>
    EntityAddress AddressOf(string key) => EntityAddress.TryParse(key, out var address) ? address.Value : new EntityAddress(Name.Replace('_', '-'), key);

    /// <summary>One turn on one key. A throw is a retry with back-off.</summary>
    ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct);
}

/// <summary>What a turn may know.</summary>
/// <param name="IsResync">Everything is to be looked at: the period came round, a device came back, or an operator asks. False after other nudges.</param>
/// <param name="IsFirst">First turn on this key since the node gained its shard.</param>
/// <param name="Attempt">1, or more after failures in a row.</param>
/// <param name="Now">The clock at the start of the turn.</param>
public sealed record ReconcileTurn(bool IsResync, bool IsFirst, int Attempt, DateTimeOffset Now);

/// <summary>How a turn ended.</summary>
public readonly record struct Reconciled
{
    private Reconciled(ReconcileEnd end, TimeSpan delay, string? reason)
    {
        End = end;
        Delay = delay;
        Reason = reason;
    }

    /// <summary>Desired and actual agree; next look at the resync or a nudge.</summary>
    public static Reconciled Done => new(ReconcileEnd.Done, default, null);

    /// <summary>The kind of end.</summary>
    public ReconcileEnd End { get; }

    /// <summary>For <see cref="ReconcileEnd.After"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>For <see cref="ReconcileEnd.Retry"/>: what is wrong, named so that an operator can act.</summary>
    public string? Reason { get; }

    /// <summary>What this turn did, a JSON object in the shape that the area's document gives; null for nothing to tell.</summary>
    public JsonElement? Report { get; init; }

    /// <summary>The document that the key's target should hold and the one it holds, by number; null leaves what the last turn said.</summary>
    public DocumentGeneration? Generation { get; init; }

    /// <summary>Fine so far; look again after the delay.</summary>
    public static Reconciled After(TimeSpan delay) => new(ReconcileEnd.After, delay, null);

    /// <summary>Not there yet; look again with back-off.</summary>
    public static Reconciled Retry(string reason) => new(ReconcileEnd.Retry, default, reason);
}

/// <summary>Numbers of a target's document (engine 7).</summary>
/// <param name="Wanted">The newest that was published for it.</param>
/// <param name="Applied">The newest that was read back from it; 0 for none.</param>
public readonly record struct DocumentGeneration(long Wanted, long Applied);

/// <summary>Ends of a turn.</summary>
public enum ReconcileEnd
{
    /// <summary>Converged.</summary>
    Done,

    /// <summary>Look again at a set time.</summary>
    After,

    /// <summary>Look again with back-off.</summary>
    Retry,
}

/// <summary>A reconciler's own pace.</summary>
public sealed record ReconcilerOptions
{
    /// <summary>Every key is looked at this often, shortened by up to 20 % jitter. Zero: never by itself.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// In a cluster: how long after its first success on a gained shard a key is resynced once more, so that what a stalled former owner had
    /// still in flight is repaired (engine 7.1). Zero: not before the period.
    /// </summary>
    public TimeSpan SecondLook { get; init; }

    /// <summary>Turns that run at once.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Turns of one key per second in the long run, however often it is nudged: what its device can be asked to bear.</summary>
    public double KeyRate { get; init; } = 20;

    /// <summary>Turns of one key that may follow each other at once before <see cref="KeyRate"/> holds.</summary>
    public int KeyBurst { get; init; } = 40;

    /// <summary>First delay after a failure; doubles with full jitter.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Largest delay after failures.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A turn that takes longer is cancelled and counts as failed. Above the longest device call of one turn.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Events of entities of a kind nudge keys: a commit of such an entity calls <paramref name="KeysOf"/>.</summary>
/// <param name="Kind">Kind of the entities watched.</param>
/// <param name="KeysOf">Keys to nudge for the entity; an empty list nudges none, null nudges every known key.</param>
public sealed record NudgeRule(string Kind, Func<EntityAddress, ImmutableArray<string>?> KeysOf);

/// <summary>Tells reconcilers to look now. Volatile and cheap. Thread-safe.</summary>
public interface IReconcilers
{
    /// <summary>
    /// Nudges one key, or every known key when null. <paramref name="forgetBackoff"/> when a device came back or an operator asks: the turn comes at
    /// once and is a resync.
    /// </summary>
    void Nudge(string reconciler, string? key, bool forgetBackoff = false);

    /// <summary>How every key of this node stands; <see cref="IReconcilerAdmin"/> asks all of them.</summary>
    ImmutableArray<ReconcilerKeyStatus> Status();
}

/// <summary>How one key stands.</summary>
public sealed record ReconcilerKeyStatus
{
    /// <summary>The reconciler.</summary>
    public required string Reconciler { get; init; }

    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary><c>idle</c>, <c>queued</c>, <c>running</c> or <c>running-dirty</c>.</summary>
    public required string State { get; init; }

    /// <summary>End of the last turn that succeeded.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>The last failure; null after a success.</summary>
    public string? LastError { get; init; }

    /// <summary>Failures in a row.</summary>
    public int Attempts { get; init; }

    /// <summary>When it runs next, if it waits.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Generation of the document its target should hold; null when its document is not numbered, or no turn has said yet.</summary>
    public long? Wanted { get; init; }

    /// <summary>Generation of the document its target held when it was last read back.</summary>
    public long? Applied { get; init; }
}
