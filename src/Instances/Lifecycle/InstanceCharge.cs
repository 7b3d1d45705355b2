using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Project and silo are charged while a guest is up (vmm 8, invariant 7). The start charges, and gives back when it unwinds; whoever ends the guest
/// gives back. A guest that has moved on before its start unwound is up without a charge: the instance takes a new one.
/// </summary>
internal static class InstanceCharge
{
    public static ImmutableArray<Effect> GiveBack(InstanceState state, VmmId? vmm) => Tell(state, new ReleaseQuota(state.Id) { Vmm = vmm });

    public static ImmutableArray<Effect> Take(InstanceState state, VmmId vmm) =>
        Tell(state, new ChargeQuota(state.Id, state.Config.Cpus, state.Config.MemoryBytes) { Vmm = vmm });

    /// <summary>The start of a VMM has given its charge back and does not know what became of the guest.</summary>
    public static Decision<InstanceEvent> Unwound(InstanceState state, VmmId vmm, in Turn turn) => state.ActiveVmm switch
    {
        { } active when active == vmm && !state.IsUncharged => Decision.Accept<InstanceEvent>(null, [new ChargeMoved(null, turn.Now)]),
        { } active when active != vmm && state.ChargedVmm == vmm => Decision.Accept<InstanceEvent>(
            null, [new ChargeMoved(active, turn.Now)], Take(state, active)),
        _ => Decision.Unchanged<InstanceEvent>(),
    };

    private static ImmutableArray<Effect> Tell(InstanceState state, object message) =>
        [new Effect.Post(Addresses.Project(state.Project), message), new Effect.Post(Addresses.Silo(state.Silo), message)];
}
