using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Moves a running instance to another sled: vmm 4.7. Keyed by the id of the target VMM. It ends when the target was told to take the guest in;
/// what comes of it is reported by both sleds.
/// </summary>
public sealed class MigrateSaga : ISaga<MigrateData>
{
    /// <inheritdoc/>
    public static string Name => "instance-migrate";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<MigrateData>> Steps { get; } =
    [
        new()
        {
            Name = "reserve",
            Do = d => new Effect.Activity(
                ReserveActivity.ActivityName,
                "",
                new ReserveVmm(d.Start.Vmm, d.Start.Instance, d.Start.Cpus, d.Start.MemoryBytes, d.Start.CpuPlatform)
                {
                    Only = d.TargetSled,
                    VmmPlatform = d.Start.VmmPlatform,
                }),
            OnReply = (d, reply) => reply is Reply.Accepted { Value: VmmReserved chosen }
                ? Next(d with { Start = d.Start with { Sled = chosen.Sled, VmmAddress = chosen.VmmAddress } })
                : Fail(reply),
            Undo = d => new Effect.Post(Addresses.Sled(d.TargetSled), new ReleaseSled(d.Start.Vmm)),
        },
        new()
        {
            Name = "record",
            Do = d => new Effect.Post(
                Addresses.Vmm(d.Start.Vmm),
                new CreateVmm(d.Start.Instance, d.TargetSled, d.Start.VmmAddress ?? "", d.Start.VmmPlatform ?? CpuPlatforms.SledDefault)
                {
                    Migration = d.Migration,
                }),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Start.Vmm), new UnwindVmm()),
        },
        new()
        {
            Name = "source",
            Do = d => new Effect.Post(Addresses.Vmm(d.Source), new BeginMigrationOut(d.Migration)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Source), new FailMigration(d.Migration)),
        },
        new()
        {
            // Undone by the failure of both sides, which brings the instance in line: its ids are never just taken away (vmm 2.1 I6).
            Name = "mark",
            Do = d => new Effect.Post(
                Addresses.Instance(d.Start.Instance), new MarkMigrating(d.Source, d.Start.Vmm, d.TargetSled, d.Migration)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Start.Vmm), new FailMigration(d.Migration)),
        },
        new()
        {
            Name = "expect",
            Do = d => new Effect.Post(Addresses.Vmm(d.Start.Vmm), new BeginRegister()),
            OnReply = Go,
            Undo = d => new Effect.Activity(UnregisterActivity.ActivityName, "", new UnregisterVmm(d.Start.Vmm, d.TargetSled)),
        },
        new()
        {
            Name = "register",
            Do = d => new Effect.Activity(RegisterActivity.ActivityName, "", StartSaga.RegisterOf(d.Start) with { Migration = d.Migration }),
            OnReply = Go,
            Patience = InstancesLimits.SledDeadline,
        },
        new()
        {
            // Not cancellable: a target that may have been told is not torn down, for it may run the guest.
            Name = "target",
            Do = d => new Effect.Activity(
                MigrateTargetActivity.ActivityName, "", new MigrateTarget(d.Start.Vmm, d.TargetSled, d.Migration, d.SourceAddress)),
            OnReply = Go,
            Patience = InstancesLimits.SledDeadline,
        },
    ];

    private static StepEnd<MigrateData> Go(MigrateData data, Reply reply) => reply is Reply.Accepted ? Next(data) : Fail(reply);

    private static StepEnd<MigrateData> Next(MigrateData data) => new StepEnd<MigrateData>.Next(data);

    private static StepEnd<MigrateData> Fail(Reply reply) => reply is Reply.Refused refused
        ? new StepEnd<MigrateData>.Fail(refused.Why)
        : throw Invariant.Unreachable("a step of a migration was answered with another step's record");
}

/// <summary>What a migration knows.</summary>
public sealed record MigrateData
{
    /// <summary>The target as a start would know it; its VMM is the target VMM.</summary>
    public required StartData Start { get; init; }

    public required MigrationId Migration { get; init; }

    public required VmmId Source { get; init; }

    public required SledId SourceSled { get; init; }

    /// <summary>IPv6 address of the source's hypervisor.</summary>
    public required string SourceAddress { get; init; }

    public required SledId TargetSled { get; init; }
}

/// <summary>Input of <see cref="MigrateTargetActivity"/>.</summary>
[Wire("instance.migrate-target")]
public sealed record MigrateTarget(VmmId Vmm, SledId Sled, MigrationId Migration, string SourceAddress);
