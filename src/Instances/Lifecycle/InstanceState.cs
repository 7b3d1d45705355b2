using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>An instance: what was asked for, its runtime record (vmm 1.3), and its VMMs and migration as last told.</summary>
[Wire("instance.state")]
public sealed record InstanceState : IHasGeneration
{
    public bool Exists { get; init; }

    public InstanceId Id { get; init; }

    public ProjectId Project { get; init; }

    public SiloId Silo { get; init; }

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public InstanceConfig Config { get; init; } = new(0, 0, "");

    /// <summary>One of <see cref="InstanceWords"/>; <c>vmm</c> exactly while <see cref="ActiveVmm"/> is set.</summary>
    public string State { get; init; } = InstanceWords.Creating;

    /// <summary>Guards state, active, target and migration; rises by one with each change of them.</summary>
    public long StateGeneration { get; init; }

    public VmmId? ActiveVmm { get; init; }

    public VmmId? TargetVmm { get; init; }

    public MigrationId? Migration { get; init; }

    public string Intent { get; init; } = Intents.Stopped;

    public DateTimeOffset TimeStateUpdated { get; init; }

    public DateTimeOffset? TimeLastAutoRestarted { get; init; }

    /// <summary>The VMM of its last start, on which project and silo are charged, also after a migration.</summary>
    public VmmId? ChargedVmm { get; init; }

    /// <summary>The start of the active VMM has given its charge back while a migration was under way.</summary>
    public bool IsUncharged { get; init; }

    /// <summary>Active and target VMM as last told.</summary>
    public ImmutableDictionary<VmmId, VmmReport> Vmms { get; init; } = ImmutableDictionary<VmmId, VmmReport>.Empty;

    /// <summary>Where the migration under way came from: the active VMM at its begin. Null without one.</summary>
    public ReservationHolder? MigrationSource { get; init; }

    /// <summary>The swap of reservations that is not over yet.</summary>
    public ReservationSwap? Swap { get; init; }

    /// <summary>Code of the refusal that the last start ended with; null since one got its VMM. Automatic tries that fail alike are told once.</summary>
    public string? StartFailedWith { get; init; }

    /// <summary>Lines of history written so far.</summary>
    public long EventCount { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public DateTimeOffset? TimeDeleted { get; init; }

    /// <summary>Generation of what was asked: rises with the configuration.</summary>
    public long Generation { get; init; }

    internal bool IsLive => Exists && TimeDeleted is null;

    internal VmmReport? Active => ActiveVmm is { } vmm ? Vmms.GetValueOrDefault(vmm) : null;

    internal VmmReport? Target => TargetVmm is { } vmm ? Vmms.GetValueOrDefault(vmm) : null;

    internal string RunStateWord => RunState.Of(State, Migration is not null, Active?.State);
}

/// <summary>A VMM and the sled that holds its reservation.</summary>
public sealed record ReservationHolder(VmmId Vmm, SledId Sled);

/// <summary>After a migration: first the source's reservation becomes a tombstone, then the target's the active one (vmm 2.6).</summary>
public sealed record ReservationSwap(ReservationHolder Source, ReservationHolder Target);

/// <summary>What the user asked for and may change.</summary>
public sealed record InstanceConfig(int Cpus, long MemoryBytes, string Hostname)
{
    /// <summary><c>never</c>, <c>best_effort</c> or null, which behaves as <c>best_effort</c>.</summary>
    public string? AutoRestartPolicy { get; init; }

    /// <summary>Null for 5 minutes.</summary>
    public TimeSpan? AutoRestartCooldown { get; init; }

    /// <summary>See <see cref="CpuPlatforms"/>; null lets the sled decide.</summary>
    public string? CpuPlatform { get; init; }

    public bool EnableJumboFrames { get; init; }
}
