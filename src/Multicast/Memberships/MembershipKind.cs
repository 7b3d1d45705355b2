using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The kind <c>instance-multicast</c>, key instance id.</summary>
internal static class MembershipKind
{
    public static readonly EntityKind Kind =
        EntityKind.Define<MembershipDecider, MembershipState, MembershipCommand, MembershipEvent>(
            "instance-multicast",
            k => k
                .Accept<InstanceChanged>(m => new MembershipCommand.Told(new InstanceFacts(m.StateGeneration, m.IsValid, m.Sled)))
                .Accept<InstanceDeleted>(_ => new MembershipCommand.Deleted())
                .OnReply((token, reply) => new MembershipCommand.Checked(new GroupId(Guid.Parse(token)), reply)));
}
