using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// VMM to instance, by mail at each change and asked beside it where somebody waits: the instance keeps the one with the highest
/// generation, so order and repeats do not matter.
/// </summary>
[Wire("instance.vmm-report")]
public sealed record VmmReport(
    InstanceId Instance, VmmId Vmm, SledId Sled, string State, long StateGeneration, DateTimeOffset TimeStateUpdated, string? FailureReason)
    : InstanceCommand, ICommand<Done>
{
    /// <summary>Its side as migration target.</summary>
    public MigrationSide? MigrationIn { get; init; }

    /// <summary>Its side as migration source.</summary>
    public MigrationSide? MigrationOut { get; init; }

    internal static VmmReport Of(VmmState vmm) => new(
        vmm.Instance, vmm.Id, vmm.Sled, vmm.State, vmm.StateGeneration, vmm.TimeStateUpdated, vmm.FailureReason)
    {
        MigrationIn = vmm.MigrationIn,
        MigrationOut = vmm.MigrationOut,
    };

    internal static VmmReport Of(VmmRow vmm) => new(
        vmm.Instance, vmm.Id, vmm.Sled, vmm.State, vmm.StateGeneration, vmm.TimeStateUpdated, vmm.FailureReason)
    {
        MigrationIn = SideOf(vmm.MigrationIn),
        MigrationOut = SideOf(vmm.MigrationOut),
    };

    private static MigrationSide? SideOf(VmmMigrationRow? side) =>
        side is null ? null : new MigrationSide(side.Migration, side.State, side.StateGeneration, side.TimeUpdated);
}
