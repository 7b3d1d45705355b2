using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors;

namespace Gantry.Instances;

/// <summary>What a turn of the updater did (vmm 3.10); the engine sums the turns of a run.</summary>
internal sealed record UpdateReport
{
    public bool Disabled { get; init; }

    public int DestroyedActiveVmms { get; init; }

    public int FailedActiveVmms { get; init; }

    public int TerminatedActiveMigrations { get; init; }

    public int SagasStarted { get; init; }

    public int SagasCompleted { get; init; }

    public int SagaErrors { get; init; }

    public int QueryErrors { get; init; }
}

/// <summary>What a turn of the reaper did (vmm 3.10).</summary>
internal sealed record ReapReport
{
    public int VmmsFound { get; init; }

    public int SledReservationsDeleted { get; init; }

    public int VmmsDeleted { get; init; }

    public int VmmsAlreadyDeleted { get; init; }

    /// <summary>What could not be ended or taken away, in words.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];
}

/// <summary>What a turn of the reincarnator did (vmm 4.8).</summary>
internal sealed record RestartReport
{
    public bool Disabled { get; init; }

    /// <summary>Due instances by why: <c>Failed</c>, <c>SagaUnwound</c>.</summary>
    public ImmutableSortedDictionary<string, int> InstancesFound { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    public int InstancesReincarnated { get; init; }

    public int ChangedState { get; init; }

    /// <summary>Instances that could not be asked, in words.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>Starts that failed, in words.</summary>
    public ImmutableArray<string> RestartErrors { get; init; } = [];
}

/// <summary>Puts a report into the end of a turn.</summary>
internal static class ReportedTurns
{
    public static Reconciled With<T>(this Reconciled end, T report, JsonTypeInfo<T> type) =>
        end with { Report = JsonSerializer.SerializeToElement(report, type) };
}
