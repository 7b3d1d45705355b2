using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>What start, stop, reboot and delete come to in each state: the table of vmm 4.2. Pure; the intent is written elsewhere.</summary>
internal static class InstanceVerdicts
{
    public static InstanceVerdict Start(InstanceState instance) => instance.RunStateWord switch
    {
        RunStates.Stopped or RunStates.Failed => new InstanceVerdict(InstanceVerdict.Begin),
        RunStates.Starting or RunStates.Running or RunStates.Rebooting or RunStates.Migrating => Nothing,
        var other => No(InstancesErrors.NotStartable(instance.Name, other)),
    };

    public static InstanceVerdict Stop(InstanceState instance)
    {
        if (instance.State is InstanceWords.NoVmm or InstanceWords.Failed)
        {
            return Nothing;
        }

        if (instance.State == InstanceWords.Creating || instance.Active?.State is null or VmmWords.SagaUnwound)
        {
            return No(InstancesErrors.NotStoppable(instance.Name, instance.RunStateWord));
        }

        // The VMM has ended already in our own record: the sled has nothing to add.
        return VmmWords.IsTerminal(instance.Active.State) ? Nothing : ToSled(instance, instance.Active);
    }

    public static InstanceVerdict Reboot(InstanceState instance) =>
        instance.State != InstanceWords.Vmm || instance.Active?.State is null or VmmWords.SagaUnwound
            ? No(InstancesErrors.NotRebootable(instance.Name, instance.RunStateWord))
            : ToSled(instance, instance.Active);

    public static InstanceVerdict Delete(InstanceState instance) =>
        instance is { State: InstanceWords.NoVmm or InstanceWords.Failed, ActiveVmm: null }
            ? Nothing
            : No(InstancesErrors.NotDeletable(instance.Name, instance.RunStateWord));

    // A sled answers "no such instance" for a VMM that it is only about to get, and that would read as lost.
    private static InstanceVerdict ToSled(InstanceState instance, VmmReport active) => active.State == VmmWords.Creating
        ? No(InstancesErrors.VmmBeingRegistered(instance.Name))
        : new InstanceVerdict(InstanceVerdict.AskSled, active.Vmm, active.Sled);

    private static InstanceVerdict Nothing => new(InstanceVerdict.Nothing);

    private static InstanceVerdict No(Refusal why) => new(InstanceVerdict.No, Why: why);
}
