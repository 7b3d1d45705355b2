using Gantry.Actors;

namespace Gantry.Multicast;

/// <summary>The kind <c>multicast-group</c>, key group id.</summary>
internal static class GroupKind
{
    public static readonly EntityKind Kind = EntityKind.Define<GroupDecider, GroupState, GroupCommand, GroupEvent>(
        "multicast-group",
        k => k
            .View(GroupProjection.Project)
            .EndsWhen(s => s.Phase is GroupPhase.Gone or GroupPhase.Void));
}
