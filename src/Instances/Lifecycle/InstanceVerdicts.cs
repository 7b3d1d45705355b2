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
        return VmmWords.IsTerminal(instance.Active.State) ? Nothing : ToSled(instance.Active);
    }

    public static InstanceVerdict Reboot(InstanceState instance) =>
        instance.State != InstanceWords.Vmm || instance.Active?.State is null or VmmWords.SagaUnwound
            ? No(InstancesErrors.NotRebootable(instance.Name, instance.RunStateWord))
            : ToSled(instance.Active);

    public static InstanceVerdict Delete(InstanceState instance) =>
        instance is { State: InstanceWords.NoVmm or InstanceWords.Failed, ActiveVmm: null }
            ? Nothing
            : No(InstancesErrors.NotDeletable(instance.Name, instance.RunStateWord));

    /// <summary>In the order of vmm 4.7.</summary>
    public static InstanceVerdict Migrate(InstanceState instance, SledId target)
    {
        if (instance.Active is not { State: VmmWords.Running } active)
        {
            return No(InstancesErrors.NotMigratable(instance.Name, instance.RunStateWord));
        }

        if (active.Sled == target)
        {
            return No(InstancesErrors.SameSled(instance.Name, target));
        }

        return instance.Migration is { } migration
            ? No(InstancesErrors.MigrationUnderWay(instance.Name, migration))
            : ToSled(active);
    }

    private static InstanceVerdict ToSled(VmmReport active) => new(InstanceVerdict.AskSled, active.Vmm, active.Sled);

    private static InstanceVerdict Nothing => new(InstanceVerdict.Nothing);

    private static InstanceVerdict No(Refusal why) => new(InstanceVerdict.No, Why: why);
}
