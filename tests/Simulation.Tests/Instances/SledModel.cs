using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;
using Gantry.Sled.Simulator;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>A sled of the simulation: the simulator's state machine, its rings with the duties D3 to D7, and a network in front.</summary>
internal sealed class SledModel(VmmWorld world, SledId id, int number)
{
    private readonly HashSet<Guid> _ringing = [];
    private readonly HashSet<Guid> _pending = [];
    private readonly HashSet<Guid> _handedOver = [];
    private bool _isReachable = true;

    public SledId Id { get; } = id;

    public int Number { get; } = number;

    public Dictionary<Guid, Vmm> Vmms { get; } = [];

    /// <summary>Proved to be without power.</summary>
    public bool IsOff { get; private set; }

    /// <summary>Guests that execute: two of one instance must never be.</summary>
    public static bool IsExecuting(Vmm vmm) =>
        vmm.State is "running" or "rebooting" || (vmm.State is "stopping" or "migrating" && vmm.MigrationOut?.State != "completed" && vmm.MigrationIn is null);

    // ---- the agent's API

    public SledSaying Register(RegisterVmm wanted, long generation, DateTimeOffset now)
    {
        var key = wanted.Vmm.Value;
        if (Vmms.TryGetValue(key, out var known))
        {
            return new SledSaying(200, null, known.Answer);
        }

        var vmm = VmmMachine.Register(new Vmm
        {
            Id = key, InstanceId = wanted.Instance.Value, MigrationId = wanted.Migration?.Value, Cpus = 2, MemoryMebibytes = 1_024,
            Runtime = new VmmRuntime(wanted.Migration is null ? "starting" : "migrating", generation, now),
        }).After!; // both states can be registered
        Vmms[key] = vmm;
        return new SledSaying(200, null, vmm.Answer);
    }

    public SledSaying Unregister(VmmId id, DateTimeOffset now)
    {
        if (!Vmms.Remove(id.Value, out var vmm))
        {
            return new SledSaying(200, null, null);
        }

        return new SledSaying(200, null, VmmMachine.Unregister(vmm, now).Answer);
    }

    public SledSaying Get(VmmId id, DateTimeOffset now) => Vmms.TryGetValue(id.Value, out var vmm) && now >= DateTimeOffset.MinValue
        ? new SledSaying(200, null, vmm.Answer)
        : new SledSaying(404, "NO_SUCH_INSTANCE", null);

    public SledSaying Put(VmmId id, VmmStateRequest request, DateTimeOffset now)
    {
        if (!Vmms.TryGetValue(id.Value, out var vmm))
        {
            return new SledSaying(404, "NO_SUCH_INSTANCE", null);
        }

        var answer = VmmMachine.Put(vmm, request, now);
        if (answer.Error is { } error)
        {
            return new SledSaying(error.Status, error.Code, null);
        }

        Changed(answer.After!); // no error means a VMM
        if (request.Type == "migration_target")
        {
            world.After(world.Between(50, 2_000), () => HandGuestOver(id.Value));
        }

        return new SledSaying(200, null, answer.After!.Answer);
    }

    /// <summary>A call with what the network does to it. The answer may never come; then it is "no answer" after a while.</summary>
    public void Call(Func<SledModel, SledSaying> act, Action<SledSaying> answered)
    {
        var isLost = world.IsHit(4);
        var isAnswerLost = world.IsHit(4);
        var error = world.IsHit(4) ? (Status: (int[])[500, 503, 410], Any: true) : default;
        world.After(world.IsHit(5) ? world.Between(500, 4_000) : world.Between(1, 20), () =>
        {
            if (!_isReachable)
            {
                answered(SledSaying.Unreachable);
                return;
            }

            if (isLost)
            {
                world.After(TimeSpan.FromSeconds(3), () => answered(SledSaying.NoAnswer));
                return;
            }

            var said = error.Any ? new SledSaying(error.Status[world.Dice.Next(3)], null, null) : act(this);
            world.After(isAnswerLost ? TimeSpan.FromSeconds(3) : world.Between(1, 20), () => answered(isAnswerLost ? SledSaying.NoAnswer : said));
        });
    }

    // ---- what happens by itself

    public void Changed(Vmm after)
    {
        var isNews = !Vmms.TryGetValue(after.Id, out var before) || before.Answer != after.Answer;
        Vmms[after.Id] = after;
        world.Trace?.Invoke($"{world.Now:c} sled {Number}: VMM {after.Id} of {after.InstanceId} {after.State} gen {after.Runtime.Gen}");
        world.Check(
            world.Sleds.SelectMany(s => s.Vmms.Values).Count(v => v.InstanceId == after.InstanceId && IsExecuting(v)) <= 1,
            $"instance {after.InstanceId} runs twice");
        if (isNews)
        {
            Bell(after.Id);
        }

        if (!after.Queue.IsEmpty && !_handedOver.Contains(after.Id))
        {
            world.After(world.Between(50, 1_500), () => Step(after.Id));
        }
    }

    public void Step(Guid vmm)
    {
        if (Vmms.TryGetValue(vmm, out var now) && !now.Queue.IsEmpty && !_handedOver.Contains(vmm) && now.MigrationId is null)
        {
            Changed(VmmMachine.Step(now, world.Clock));
        }
    }

    public void Happen(Func<Vmm, Vmm> what)
    {
        if (Vmms.Count > 0)
        {
            Changed(what(Vmms.Values.ElementAt(world.Dice.Next(Vmms.Count))));
        }
    }

    /// <summary>A new process: everything is forgotten, guests are dead.</summary>
    public void Restart() => Vmms.Clear();

    public void BeAway(bool isOff)
    {
        _isReachable = false;
        IsOff = isOff;
        if (isOff)
        {
            Restart();
        }

        world.After(world.Between(500, isOff ? 40_000 : 8_000), ComeBack);
    }

    public void ComeBack()
    {
        _isReachable = true;
        IsOff = false;
    }

    // The hypervisors agree with each other: the target runs only after the source has let go, and a source that is gone fails the target.
    private void HandGuestOver(Guid target)
    {
        if (!Vmms.TryGetValue(target, out var into) || into.MigrationId is not { } migration || into.IsTerminal)
        {
            return;
        }

        var from = world.Sleds.FirstOrDefault(s => s.Vmms.Values.Any(v => v.InstanceId == into.InstanceId && v.Id != target && v.State == "running"));
        var source = from?.Vmms.Values.First(v => v.InstanceId == into.InstanceId && v.Id != target && v.State == "running");
        if (from is null || source is null || world.IsHit(25))
        {
            FailIn(target);
            return;
        }

        from._handedOver.Add(source.Id);
        from.Changed(VmmMachine.MigrateOut(source, migration, succeeds: true).After!); // a running VMM takes it
        from.Steps(source.Id, 2);
        world.After(world.Between(50, 2_000), () =>
        {
            from._handedOver.Remove(source.Id);
            var isThere = from.Vmms.TryGetValue(source.Id, out var now) && now.State == "migrating";
            if (isThere && Vmms.TryGetValue(target, out var mine) && !mine.IsTerminal)
            {
                from.Steps(source.Id, 1);
                if (!from.Vmms.TryGetValue(source.Id, out var gone) || gone.MigrationOut?.State != "completed")
                {
                    FailIn(target); // the guest shut itself down meanwhile
                    return;
                }

                Steps(target, 4);
                world.After(world.Between(50, 1_500), () => from.Step(source.Id));
                Vmms[target] = Vmms[target] with { MigrationId = null };
            }
            else if (isThere)
            {
                // The target is gone: the source runs on.
                from.Vmms[source.Id] = now! with { Queue = [] };
                from.Changed(VmmMachine.Step(
                    now with { Queue = [Observation.Out(migration, "failed"), Observation.Vmm("running")] }, world.Clock));
                from.Step(source.Id);
            }
            else
            {
                FailIn(target);
            }
        });
    }

    private void Steps(Guid vmm, int count)
    {
        for (var i = 0; i < count && Vmms.TryGetValue(vmm, out var now); i++)
        {
            Changed(VmmMachine.Step(now, world.Clock));
        }
    }

    private void FailIn(Guid target)
    {
        if (Vmms.TryGetValue(target, out var now))
        {
            Changed(VmmMachine.FailMigrationIn(now));
            Steps(target, 3);
        }
    }

    // One ring outstanding, one pending (D3); transport errors are tried again (D4).
    private void Bell(Guid vmm)
    {
        if (!_ringing.Add(vmm))
        {
            _pending.Add(vmm);
            return;
        }

        Send(vmm, 0);
    }

    private void Send(Guid vmm, int attempt)
    {
        var times = world.IsHit(20) ? 2 : 1;
        var isLost = world.IsHit(20);
        var delay = world.IsHit(20) ? world.Between(500, 6_000) : world.Between(1, 20);
        world.After(delay, () =>
        {
            if (!Vmms.ContainsKey(vmm))
            {
                Rung(vmm);
                return;
            }

            if (!isLost && (!world.IsUp || !_isReachable))
            {
                world.After(TimeSpan.FromMilliseconds(Math.Min(250 * Math.Pow(2, attempt), 8_000)), () => Send(vmm, attempt + 1));
                return;
            }

            for (var i = 0; i < times && !isLost; i++)
            {
                if (world.Ring(VmmId.From(vmm)) == 404 && Vmms.TryGetValue(vmm, out var now) && now.IsTerminal)
                {
                    Vmms.Remove(vmm);
                }
            }

            Rung(vmm);
        });
    }

    private void Rung(Guid vmm)
    {
        _ringing.Remove(vmm);
        if (_pending.Remove(vmm))
        {
            Bell(vmm);
        }
    }
}

/// <summary>What came of a call: a status with a state or a code, or nothing.</summary>
internal sealed record SledSaying(int Status, string? Code, SledVmmState? State)
{
    public static readonly SledSaying Unreachable = new(-1, null, null);
    public static readonly SledSaying NoAnswer = new(0, null, null);

    public bool IsUnreachable => Status == -1;

    public bool IsNoAnswer => Status == 0;

    public bool IsGone => Status == 404 && Code == "NO_SUCH_INSTANCE";
}
