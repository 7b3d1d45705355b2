using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What one turn did, in the shape of multicast 9.2.</summary>
public sealed record MulticastReport
{
    /// <summary>The feature is off; nothing was done.</summary>
    public bool Disabled { get; init; }

    /// <summary><c>Creating</c> groups handled without error.</summary>
    public int GroupsCreated { get; init; }

    /// <summary><c>Deleting</c> groups of which nothing is left on any switch: their rows went with the turn.</summary>
    public int GroupsDeleted { get; init; }

    /// <summary><c>Active</c> groups checked, changed or not.</summary>
    public int GroupsVerified { get; init; }

    /// <summary>Members of groups that were handled without error.</summary>
    public int MembersProcessed { get; init; }

    /// <summary>Rows of members that were removed for good since the turn before; here the group does it as the member leaves.</summary>
    public int MembersDeleted { get; init; }

    /// <summary>Groups that a sweep marked since the turn before; here the group does it by its own timer.</summary>
    public int EmptyGroupsMarked { get; init; }

    /// <summary>One text per failed phase, with how many groups failed in it; what each of them lacks is in its own conditions.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>What others keep on the switch, as it was last listed: never touched. The first of them; none in a sum.</summary>
    public ImmutableArray<ForeignEntry> Foreign { get; init; } = [];

    /// <summary>How many these are in all.</summary>
    public int ForeignCount { get; init; }

    /// <summary>Foreign entries of one switch that are named; more are counted only.</summary>
    public const int ForeignMax = 64;

    /// <summary>One report for all keys: every switch handles every group, so a count is that of the switch that got furthest.</summary>
    public static MulticastReport Sum(IEnumerable<MulticastReport> reports) => reports.Aggregate(
        new MulticastReport(),
        (sum, r) => new MulticastReport
        {
            Disabled = sum.Disabled || r.Disabled,
            GroupsCreated = Math.Max(sum.GroupsCreated, r.GroupsCreated),
            GroupsDeleted = Math.Max(sum.GroupsDeleted, r.GroupsDeleted),
            GroupsVerified = Math.Max(sum.GroupsVerified, r.GroupsVerified),
            MembersProcessed = Math.Max(sum.MembersProcessed, r.MembersProcessed),
            MembersDeleted = Math.Max(sum.MembersDeleted, r.MembersDeleted),
            EmptyGroupsMarked = Math.Max(sum.EmptyGroupsMarked, r.EmptyGroupsMarked),
            Errors = sum.Errors.AddRange(r.Errors),
            ForeignCount = sum.ForeignCount + r.ForeignCount,
        });
}

/// <summary>The last turn of each key on this node. Thread-safe; bounded by the number of switches.</summary>
public sealed class MulticastStatus
{
    private readonly ConcurrentDictionary<string, MulticastReport> _last = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, ImmutableHashSet<GroupId>> _drift = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _verified = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SwitchDoubt> _doubts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableArray<ForeignEntry>> _foreign = new(StringComparer.Ordinal);

    /// <summary>Whether the switch was just found to have lost or changed a group that it had held, and is being repaired.</summary>
    public bool IsDrifting(string key, GroupId group) => _drift.TryGetValue(key, out var groups) && groups.Contains(group);

    /// <summary>When everything on the switch was last compared by this node; null for never.</summary>
    public DateTimeOffset? VerifiedAt(string key) => _verified.TryGetValue(key, out var at) ? at : null;

    /// <summary>All keys together.</summary>
    public MulticastReport Summary => MulticastReport.Sum(_last.Keys.Select(Of).OfType<MulticastReport>());

    internal IEnumerable<string> Keys => _last.Keys.Union(_drift.Keys, StringComparer.Ordinal).Union(_doubts.Keys, StringComparer.Ordinal);

    internal ImmutableArray<GroupId> DriftingOn(string key) => _drift.TryGetValue(key, out var groups) ? [.. groups] : [];

    internal MulticastReport? Of(string key) => _last.TryGetValue(key, out var last) && ForeignOn(key) is var foreign
        ? last with { Foreign = [.. foreign.Take(MulticastReport.ForeignMax)], ForeignCount = foreign.Length }
        : null;

    internal SwitchDoubt? DoubtOf(string key) => _doubts.GetValueOrDefault(key);

    /// <summary>What others keep on the switch, as it was last listed.</summary>
    internal ImmutableArray<ForeignEntry> ForeignOn(string key) => _foreign.GetValueOrDefault(key, []);

    internal void Found(string key, ImmutableArray<ForeignEntry> foreign) => _foreign[key] = foreign;

    /// <summary>What the rows say of the switch is not known to be so any more. The first doubt stays until everything was compared.</summary>
    internal void Doubt(string key, SwitchDoubt doubt) => _doubts.AddOrUpdate(
        key, doubt, (_, known) => known.IsSilent == doubt.IsSilent ? known : doubt with { Since = known.Since });

    internal void Record(string key, MulticastReport report) => _last[key] = report;

    internal void MarkDrift(string key, ImmutableHashSet<GroupId> groups) => _drift[key] = groups;

    internal void Verified(string key, DateTimeOffset at)
    {
        _verified[key] = at;
        _drift.TryRemove(key, out _);
        _doubts.TryRemove(key, out _);
    }

    internal void Forget(string key)
    {
        _last.TryRemove(key, out _);
        _drift.TryRemove(key, out _);
        _verified.TryRemove(key, out _);
        _doubts.TryRemove(key, out _);
        _foreign.TryRemove(key, out _);
    }
}

/// <summary>Why it is not known whether a switch holds what it was last read back to hold.</summary>
/// <param name="Why">In words.</param>
/// <param name="Since">Since when.</param>
/// <param name="IsSilent">It does not answer; else it does and has not been compared yet.</param>
public sealed record SwitchDoubt(string Why, DateTimeOffset Since, bool IsSilent);
