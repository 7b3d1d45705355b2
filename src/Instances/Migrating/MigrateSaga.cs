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
    public static Func<MigrateData, string>? SubjectOf { get; } = d => $"instance/{d.Start.Instance}";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<MigrateData>> Steps { get; } =
    [
        VmmSteps.Reserve<MigrateData>(
            d => new ReserveVmm(d.Start.Vmm, d.Start.Instance, d.Start.Cpus, d.Start.MemoryBytes, d.Start.CpuPlatform)
            {
                Only = d.TargetSled,
                VmmPlatform = d.Start.VmmPlatform,
            },
            d => d.TargetSled,
            (d, chosen) => d with { Start = d.Start with { Sled = chosen.Sled, VmmAddress = chosen.VmmAddress } }),
        VmmSteps.Record<MigrateData>(d => d.Start, d => d.Migration),
        new()
        {
            Name = "source",
            Do = d => new Effect.Post(Addresses.Vmm(d.Source), new BeginMigrationOut(d.Migration)),
            OnReply = VmmSteps.Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Source), new FailMigration(d.Migration)),
        },
        new()
        {
            // Undone by the failure of both sides, which brings the instance in line: its ids are never just taken away (vmm 2.1 I6).
            Name = "mark",
            Do = d => new Effect.Post(
                Addresses.Instance(d.Start.Instance), new MarkMigrating(d.Source, d.Start.Vmm, d.TargetSled, d.Migration)),
            OnReply = VmmSteps.Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Start.Vmm), new FailMigration(d.Migration)),
        },
        VmmSteps.Expect<MigrateData>(d => d.Start),
        VmmSteps.Register<MigrateData>(d => d.Start, d => d.Migration),

        // Not cancellable: a target that may have been told is not torn down, for it may run the guest.
        VmmSteps.OnSled<MigrateData>("target", d => new Effect.Activity(
            MigrateTargetActivity.ActivityName, "", new MigrateTarget(d.Start.Vmm, d.TargetSled, d.Migration, d.SourceAddress))),
    ];
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
