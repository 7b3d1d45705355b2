using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>The state machine of one simulated VMM (vmm 2.3, 2.4, 6). Pure: time comes in, the next VMM comes out.</summary>
internal static class VmmMachine
{
    /// <summary>A VMM with more vCPUs is answered 500 (vmm 6).</summary>
    public const int CpusMax = 16;

    /// <summary>S1.</summary>
    public static VmmAnswer Register(Vmm wanted)
    {
        if (wanted.State is not (VmmStates.Starting or VmmStates.Migrating))
        {
            return VmmAnswer.Refuse(400, "InvalidRequest", $"a VMM is registered as starting or migrating, not {wanted.State}");
        }

        if (wanted.Cpus > CpusMax)
        {
            return new VmmAnswer(null, SledError.Internal);
        }

        return VmmAnswer.Is(wanted with
        {
            MigrationIn = wanted.MigrationId is { } id
                ? new SledMigrationState(id, VmmStates.Pending, 1, wanted.Runtime.TimeUpdated)
                : null,
        });
    }

    /// <summary>PUT state, and D6 once the VMM has ended.</summary>
    public static VmmAnswer Put(Vmm vmm, VmmStateRequest request, DateTimeOffset now)
    {
        if (vmm.IsTerminal)
        {
            return request.Type == VmmStates.Stopped ? VmmAnswer.Is(vmm) : new VmmAnswer(null, SledError.Terminating);
        }

        return request.Type switch
        {
            "running" => Run(vmm),
            "stopped" => Stop(vmm, now),
            "reboot" => Reboot(vmm, now),
            "migration_target" => MigrateIn(vmm),
            _ => new VmmAnswer(null, SledError.Invalid($"\"{request.Type}\" is not running, stopped, reboot or migration_target")),
        };
    }

    /// <summary>S13; an ended VMM keeps its state.</summary>
    public static Vmm Unregister(Vmm vmm, DateTimeOffset now) => vmm.IsTerminal ? vmm : Enter(vmm, VmmStates.Failed, now);

    /// <summary>The hypervisor says the next thing; nothing queued changes nothing.</summary>
    public static Vmm Step(Vmm vmm, DateTimeOffset now)
    {
        if (vmm.IsTerminal || vmm.Queue.IsEmpty)
        {
            return vmm;
        }

        var rest = vmm.Queue.Dequeue(out var said);
        vmm = vmm with { Queue = rest };
        return said.Kind switch
        {
            ObservationKind.MigrationIn => Bump(vmm with { MigrationIn = Side(vmm.MigrationIn, said, now) }, now),
            ObservationKind.MigrationOut => Bump(vmm with { MigrationOut = Side(vmm.MigrationOut, said, now) }, now),
            _ => Enter(vmm, Published(said.State), now),
        };
    }

    /// <summary>Something happens unasked: the guest ends, the hypervisor or its disks go, or the grace time is over (S8, S12, S14).</summary>
    public static Vmm End(Vmm vmm, string state, DateTimeOffset now) => vmm.IsTerminal ? vmm : Enter(vmm, state, now);

    /// <summary>The guest powers off: the hypervisor will say so step by step.</summary>
    public static Vmm GuestShutdown(Vmm vmm) => vmm.IsTerminal
        ? vmm
        : vmm with { Queue = [Observation.Vmm(VmmStates.Stopping), Observation.Vmm(VmmStates.Stopped), Observation.Vmm(VmmStates.Destroyed)] };

    /// <summary>The VMM becomes the source of a migration. On failure source and target go on as they should (vmm 6).</summary>
    public static VmmAnswer MigrateOut(Vmm vmm, Guid migration, bool succeeds)
    {
        if (vmm.IsTerminal)
        {
            return new VmmAnswer(null, SledError.Terminating);
        }

        var queue = vmm.Queue
            .Enqueue(Observation.Vmm(VmmStates.Migrating))
            .Enqueue(Observation.Out(migration, VmmStates.InProgress))
            .Enqueue(Observation.Out(migration, succeeds ? VmmStates.Completed : VmmStates.Failed));
        return VmmAnswer.Is(vmm with { Queue = succeeds ? Halt(queue) : queue.Enqueue(Observation.Vmm(VmmStates.Running)) });
    }

    /// <summary>The inbound migration fails: the target is lost.</summary>
    public static Vmm FailMigrationIn(Vmm vmm) => vmm.MigrationId is { } id && !vmm.IsTerminal
        ? vmm with { Queue = [Observation.In(id, VmmStates.InProgress), Observation.In(id, VmmStates.Failed), Observation.Vmm(VmmStates.Failed)] }
        : vmm;

    private static VmmAnswer Run(Vmm vmm) => vmm.RestingState switch
    {
        VmmStates.Starting => VmmAnswer.Is(vmm with { Queue = vmm.Queue.Enqueue(Observation.Vmm(VmmStates.Running)) }),
        VmmStates.Running or VmmStates.Rebooting or VmmStates.Migrating => VmmAnswer.Is(vmm),
        var resting => new VmmAnswer(null, SledError.Invalid($"a VMM that will be {resting} cannot be started")),
    };

    private static VmmAnswer Stop(Vmm vmm, DateTimeOffset now) => vmm.RestingState switch
    {
        VmmStates.Starting => VmmAnswer.Is(Enter(vmm, VmmStates.Destroyed, now)),
        VmmStates.Running => VmmAnswer.Is(
            Enter(vmm with { Queue = Halt(vmm.Queue), StopRequested = vmm.StopRequested ?? now }, VmmStates.Stopping, now)),
        VmmStates.Stopping or VmmStates.Stopped or VmmStates.Failed or VmmStates.Destroyed => VmmAnswer.Is(vmm),
        var resting => new VmmAnswer(null, SledError.Invalid($"a VMM that will be {resting} cannot be stopped")),
    };

    private static VmmAnswer Reboot(Vmm vmm, DateTimeOffset now)
    {
        if (vmm.State == VmmStates.Rebooting || vmm.Queue.Contains(Observation.Vmm(VmmStates.Rebooting)))
        {
            return VmmAnswer.Is(vmm);
        }

        return vmm.RestingState == VmmStates.Running
            ? VmmAnswer.Is(Enter(
                vmm with
                {
                    Queue = vmm.Queue.Enqueue(Observation.Vmm(VmmStates.Rebooting)).Enqueue(Observation.Vmm(VmmStates.Running)),
                },
                VmmStates.Rebooting,
                now))
            : new VmmAnswer(null, SledError.Invalid($"a VMM that will be {vmm.RestingState} cannot be rebooted"));
    }

    private static VmmAnswer MigrateIn(Vmm vmm)
    {
        if (!vmm.Queue.IsEmpty || vmm.State != VmmStates.Migrating || vmm.MigrationId is not { } id)
        {
            return new VmmAnswer(null, SledError.Invalid(
                $"a migration target is registered as migrating with a migration id and has nothing else to do; this VMM is {vmm.State}"));
        }

        return VmmAnswer.Is(vmm with
        {
            Queue =
            [
                Observation.Vmm(VmmStates.Migrating),
                Observation.In(id, VmmStates.InProgress),
                Observation.In(id, VmmStates.Completed),
                Observation.Vmm(VmmStates.Running),
            ],
        });
    }

    private static ImmutableQueue<Observation> Halt(ImmutableQueue<Observation> queue) => queue
        .Enqueue(Observation.Vmm(VmmStates.Stopping))
        .Enqueue(Observation.Vmm(VmmStates.Stopped))
        .Enqueue(Observation.Vmm(VmmStates.Destroyed));

    // "stopped" is never published: the VMM is stopping until its process is gone (vmm 2.3).
    private static string Published(string hypervisorState) =>
        hypervisorState == VmmStates.Stopped ? VmmStates.Stopping : hypervisorState;

    private static Vmm Enter(Vmm vmm, string state, DateTimeOffset now)
    {
        vmm = Bump(vmm with { Runtime = vmm.Runtime with { State = state } }, now);
        return vmm.IsTerminal
            ? vmm with
            {
                Queue = [],
                TerminalSince = now,
                MigrationIn = FailOpen(vmm.MigrationIn, now),
                MigrationOut = FailOpen(vmm.MigrationOut, now),
            }
            : vmm;
    }

    private static Vmm Bump(Vmm vmm, DateTimeOffset now) =>
        vmm with { Runtime = vmm.Runtime with { Gen = vmm.Runtime.Gen + 1, TimeUpdated = now } };

    private static SledMigrationState Side(SledMigrationState? side, Observation said, DateTimeOffset now)
    {
        if (side is null || side.MigrationId != said.MigrationId)
        {
            // 2, so that it beats the control plane's own generation 1 (vmm 2.4).
            return new SledMigrationState(said.MigrationId, said.State, 2, now);
        }

        return side.State == said.State ? side : side with { State = said.State, Gen = side.Gen + 1, TimeUpdated = now };
    }

    private static SledMigrationState? FailOpen(SledMigrationState? side, DateTimeOffset now) =>
        side is null || VmmStates.IsMigrationOver(side.State)
            ? side
            : side with { State = VmmStates.Failed, Gen = side.Gen + 1, TimeUpdated = now };
}
