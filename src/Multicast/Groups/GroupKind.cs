using Gantry.Actors;

namespace Gantry.Multicast;

/// <summary>The kind <c>multicast-group</c>, key group id.</summary>
internal static class GroupKind
{
    public static readonly EntityKind Kind = DefineWith<GroupDecider>();

    /// <summary>The same with the feature off.</summary>
    public static readonly EntityKind Asleep = DefineWith<SleepingGroupDecider>();

    private static EntityKind DefineWith<TDecider>() where TDecider : IDecider<GroupState, GroupCommand, GroupEvent> =>
        EntityKind.Define<TDecider, GroupState, GroupCommand, GroupEvent>(
            "multicast-group",
            k => k
                .View(GroupProjection.Project)
                .EndsWhen(s => s.Phase is GroupPhase.Gone or GroupPhase.Void));
}
