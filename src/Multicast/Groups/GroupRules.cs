using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Questions about a group's state. Pure.</summary>
internal static class GroupRules
{
    /// <summary>
    /// Union of the live members' sources, ascending, <c>Left</c> ones included (multicast 3.4); of a group that nobody has joined its default.
    /// </summary>
    public static ImmutableArray<Ip> SourceUnion(GroupState state) =>
        state.Members.IsEmpty
            ? state.Explicit?.DefaultSources ?? []
            : [.. state.Members.Values.SelectMany(m => m.Sources).Distinct().Order()];

    /// <summary>Whether some live member takes any source.</summary>
    public static bool HasAnySourceMember(GroupState state) => state.Members.Values.Any(m => m.Sources.IsEmpty);

    /// <summary>What switches should filter by; empty means no filter. SSM ignores any-source members (there are none, I9).</summary>
    public static ImmutableArray<Ip> SwitchFilter(GroupState state) =>
        !MulticastRanges.IsSsm(state.Address) && HasAnySourceMember(state) ? [] : SourceUnion(state);

    /// <summary>Sleds that switches should replicate to, ascending.</summary>
    public static ImmutableArray<SledId> CarriedSleds(GroupState state) => SledsOf(state.Members.Values);

    /// <summary>Sleds of <c>Joined</c> members, ascending: they alone must have ports before entries are pruned (multicast 5.5, I14).</summary>
    public static ImmutableArray<SledId> JoinedSleds(GroupState state) => SledsOf(state.Members.Values.Where(m => m.State == MemberState.Joined));

    /// <summary>
    /// Whether the generation is on every recorded switch that answered when it was to be made: one at least holds it, each other holds it
    /// or did not answer (multicast 5, 6.7 a).
    /// </summary>
    public static bool IsOnAllReachable(GroupState state, long generation) =>
        state.Switches.Values.Any(s => s.Applied >= generation)
        && state.Switches.Values.All(s => s.Applied >= generation || s.IsLeftOut(generation));

    /// <summary>Whether every recorded switch holds the newest generation; nobody is left out (G7, stricter than multicast 6.7 c).</summary>
    public static bool IsOnAll(GroupState state) =>
        !state.Switches.IsEmpty && state.Switches.Values.All(s => s.Applied >= state.Wanted);

    /// <summary>Whether a switch that is up to date with the member says that no port leads to its sled.</summary>
    public static bool IsUnmapped(GroupState state, Member member) =>
        member.Sled is { } sled
        && state.Switches.Values.Any(s => s.Applied >= member.Since && s.Unmapped.Contains(sled));

    /// <summary>Whether a switch that is up to date with the member could not be given its sled's port: where that is, is not known yet (multicast 5.6).</summary>
    public static bool IsUnknown(GroupState state, Member member) =>
        member.Sled is { } sled
        && state.Switches.Values.Any(s => s.Applied >= member.Since && s.Unknown is { } unknown && unknown.Contains(sled));

    /// <summary>
    /// Whether a switch that answers did not take the member's sled. One that the member was joined without has nothing to take back when it
    /// comes and fails at first: it is behind, and that is all (multicast 5.5).
    /// </summary>
    public static bool IsRefused(GroupState state, Member member) =>
        state.Switches.Values.Any(s => s.FailedFor >= member.Since && s.Applied < member.Since && !(s.LeftOutFor >= member.Since));

    /// <summary>Whether the sources may be added to those of the other members. Null when they may.</summary>
    public static Refusal? WhyTooManySources(GroupState state, Ip address, InstanceId joiner, ImmutableArray<Ip> sources)
    {
        var count = state.Members.Values
            .Where(m => m.Instance != joiner)
            .SelectMany(m => m.Sources)
            .Concat(sources)
            .Distinct()
            .Count();
        var bound = MulticastLimits.SourcesPerGroup(address.Version);
        return count > bound ? MulticastErrors.TooManyGroupSources(address, count, bound) : null;
    }

    /// <summary>Whether every recorded switch was read back to hold what it should.</summary>
    public static bool IsConverged(GroupState state) =>
        IsOnAll(state) && state.Switches.Values.All(s => s.Error is null && s.LaggingSince is null && s.Unknown is null);

    /// <summary>Whether the default sources alone would be too many. Null when they are not.</summary>
    public static Refusal? WhyTooManyDefaults(GroupState state, ImmutableArray<Ip> sources)
    {
        var count = state.Members.Values.SelectMany(m => m.Sources).Concat(sources).Distinct().Count();
        var bound = MulticastLimits.SourcesPerGroup(state.Address.Version);
        return count > bound ? MulticastErrors.TooManyGroupSources(state.Address, count, bound) : null;
    }

    /// <summary>The membership as callers see it.</summary>
    public static MemberReply ReplyFor(GroupState state, Member member) => new(
        member.Id,
        state.Id,
        state.Address,
        member.Instance,
        member.Sources,
        member.State,
        member.TimeCreated,
        member.TimeModified);

    // Carried members have a sled.
    private static ImmutableArray<SledId> SledsOf(IEnumerable<Member> members) =>
        [.. members.Where(m => m.IsCarried).Select(m => m.Sled!.Value).Distinct().OrderBy(s => s.Value)];
}
