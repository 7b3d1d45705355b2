using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>What one turn did, in the shape of multicast 9.2.</summary>
public sealed record MulticastReport
{
    /// <summary>The feature is off; nothing was done.</summary>
    public bool Disabled { get; init; }

    /// <summary><c>Creating</c> groups handled without error.</summary>
    public int GroupsCreated { get; init; }

    /// <summary><c>Deleting</c> groups of which nothing is left on the switch.</summary>
    public int GroupsDeleted { get; init; }

    /// <summary><c>Active</c> groups checked, changed or not.</summary>
    public int GroupsVerified { get; init; }

    /// <summary>Members of groups that were handled without error.</summary>
    public int MembersProcessed { get; init; }

    /// <summary>Rows of members that were removed for good. Here the group does it when the member leaves, so a turn removes none.</summary>
    public int MembersDeleted { get; init; }

    /// <summary>Groups that a sweep marked. Here the group does it by its own timer, so a turn marks none.</summary>
    public int EmptyGroupsMarked { get; init; }

    /// <summary>One text per failed phase.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>Adds the reports of all keys.</summary>
    public static MulticastReport Sum(IEnumerable<MulticastReport> reports) => reports.Aggregate(
        new MulticastReport(),
        (sum, r) => new MulticastReport
        {
            Disabled = sum.Disabled || r.Disabled,
            GroupsCreated = sum.GroupsCreated + r.GroupsCreated,
            GroupsDeleted = sum.GroupsDeleted + r.GroupsDeleted,
            GroupsVerified = sum.GroupsVerified + r.GroupsVerified,
            MembersProcessed = sum.MembersProcessed + r.MembersProcessed,
            MembersDeleted = sum.MembersDeleted + r.MembersDeleted,
            EmptyGroupsMarked = sum.EmptyGroupsMarked + r.EmptyGroupsMarked,
            Errors = sum.Errors.AddRange(r.Errors),
        });
}

/// <summary>The last turn of each key on this node. Thread-safe; bounded by the number of switches.</summary>
public sealed class MulticastStatus
{
    private readonly ConcurrentDictionary<string, MulticastReport> _last = new(StringComparer.Ordinal);

    /// <summary>The last report of each switch.</summary>
    public ImmutableSortedDictionary<string, MulticastReport> ByKey => _last.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>All keys together.</summary>
    public MulticastReport Summary => MulticastReport.Sum(_last.Values);

    internal void Record(string key, MulticastReport report) => _last[key] = report;

    internal void Forget(string key) => _last.TryRemove(key, out _);
}
