using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>One VMM as the sled has it (vmm 2.3, 6). Changed only by <see cref="VmmMachine"/>.</summary>
internal sealed record Vmm
{
    public required Guid Id { get; init; }

    public required Guid InstanceId { get; init; }

    /// <summary>The migration this VMM was registered for, as its target.</summary>
    public Guid? MigrationId { get; init; }

    public required VmmRuntime Runtime { get; init; }

    public SledMigrationState? MigrationIn { get; init; }

    public SledMigrationState? MigrationOut { get; init; }

    /// <summary>What the hypervisor will say, in order.</summary>
    public ImmutableQueue<Observation> Queue { get; init; } = [];

    public required int Cpus { get; init; }

    public required long MemoryMebibytes { get; init; }

    /// <summary>Every membership it was given (multicast 8.1).</summary>
    public ImmutableArray<SledMulticastMembership> MulticastGroups { get; init; } = [];

    /// <summary>The external addresses that it was registered with, and was given or relieved of since.</summary>
    public ImmutableArray<SledExternalIp> ExternalIps { get; init; } = [];

    /// <summary>Set by the first stop request of a live VMM; later ones leave it alone (S7).</summary>
    public DateTimeOffset? StopRequested { get; init; }

    public DateTimeOffset? TerminalSince { get; init; }

    /// <summary>When a GET first showed the terminal state.</summary>
    public DateTimeOffset? TerminalServed { get; init; }

    public string State => Runtime.State;

    public bool IsTerminal => VmmStates.IsTerminal(State);

    public SledVmmState Answer => new(Runtime, MigrationIn, MigrationOut);

    /// <summary>The last VMM state that is queued, else the present one.</summary>
    public string RestingState
    {
        get
        {
            var resting = State;
            foreach (var observation in Queue)
            {
                resting = observation.Kind == ObservationKind.Vmm ? observation.State : resting;
            }

            return resting;
        }
    }
}

/// <summary>One thing the hypervisor says.</summary>
internal readonly record struct Observation(ObservationKind Kind, string State, Guid MigrationId = default)
{
    public static Observation Vmm(string state) => new(ObservationKind.Vmm, state);

    public static Observation In(Guid migration, string state) => new(ObservationKind.MigrationIn, state, migration);

    public static Observation Out(Guid migration, string state) => new(ObservationKind.MigrationOut, state, migration);
}

/// <summary>What an observation is about.</summary>
internal enum ObservationKind
{
    Vmm,
    MigrationIn,
    MigrationOut,
}

/// <summary>State names of VMMs and migrations.</summary>
internal static class VmmStates
{
    public const string Starting = "starting";
    public const string Running = "running";
    public const string Stopping = "stopping";
    public const string Stopped = "stopped";
    public const string Rebooting = "rebooting";
    public const string Migrating = "migrating";
    public const string Failed = "failed";
    public const string Destroyed = "destroyed";

    public const string Pending = "pending";
    public const string InProgress = "in_progress";
    public const string Completed = "completed";

    public static bool IsTerminal(string vmm) => vmm is Destroyed or Failed;

    public static bool IsMigrationOver(string migration) => migration is Completed or Failed;
}
