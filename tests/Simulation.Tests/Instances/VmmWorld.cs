using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Primitives;
using StartSaga = Gantry.Instances.StartSaga;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>
/// One seed: the deciders of instance, VMM and sled with the steps of the real sagas, simulated sleds over the simulator's state machine, and a
/// network that loses, repeats, delays and reorders. Everything happens at virtual times from one queue; the same seed is the same story.
/// </summary>
internal sealed class VmmWorld
{
    public static readonly TimeSpan WatcherPeriod = TimeSpan.FromSeconds(30);

    private static readonly DateTimeOffset s_start = new(2026, 8, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _queue = new();
    private readonly Dictionary<InstanceId, InstanceState> _instances = [];
    private readonly Dictionary<VmmId, VmmState> _vmms = [];
    private readonly Dictionary<SledId, SledState> _rooms = [];
    private readonly Dictionary<(string, string), EntityAddress> _claims = [];
    private readonly HashSet<VmmId> _pulling = [];
    private readonly HashSet<VmmId> _again = [];
    private readonly HashSet<VmmId> _owed = [];
    private readonly HashSet<InstanceId> _restarting = [];
    private readonly List<Action> _unfinished = [];
    private readonly List<Action> _waiting = [];
    private long _numbers;
    private long _epoch;
    private bool _isUp = true;

    public VmmWorld(ulong seed)
    {
        Dice = new SeededRandomSource(seed);
        Sleds = [.. Enumerable.Range(0, 3).Select(n => new SledModel(this, SledId.From(Dice.NewGuid()), n))];
        foreach (var sled in Sleds)
        {
            var facts = SledFacts.None with { HardwareThreads = 8, ReservoirBytes = 64L << 30, CpuFamily = "amd_milan", Address = "x" };
            _rooms[sled.Id] = SledDecider.Initial with
            {
                Id = sled.Id, Subnet = $"fd00:1122:3344:10{sled.Number}::/64", Facts = facts, Baseboard = new SledBaseboard($"s{sled.Number}", "p", 0),
            };
        }

        foreach (var n in Enumerable.Range(0, 4))
        {
            var id = InstanceId.From(Dice.NewGuid());
            _instances[id] = InstanceDecider.Initial;
            var config = new InstanceConfig(2, 1L << 30, "web") { AutoRestartPolicy = n % 2 == 0 ? "never" : null };
            Ask(Addresses.Instance(id), new CreateInstance(default, default, $"web-{n}", "", config, Start: false));
            Ask(Addresses.Instance(id), new FinishCreate(null));
        }

        Every(WatcherPeriod, Watch);
        Every(TimeSpan.FromSeconds(30), Update);
        Every(TimeSpan.FromSeconds(60), () => _vmms.Keys.ToList().ForEach(Reap));
        Every(TimeSpan.FromSeconds(60), () => Instances.ToList().ForEach(Restart));
    }

    public SeededRandomSource Dice { get; }

    /// <summary>Told what happens; null keeps quiet.</summary>
    public Action<string>? Trace { get; init; }

    public TimeSpan Now { get; private set; }

    public DateTimeOffset Clock => s_start + Now;

    public ImmutableArray<SledModel> Sleds { get; }

    public IEnumerable<InstanceId> Instances => _instances.Keys;

    /// <summary>Nothing goes wrong any more and nobody wants anything.</summary>
    public bool IsQuiet { get; private set; }

    public bool IsUp => _isUp;

    /// <summary>The first thing that must never be; null so far.</summary>
    public string? Broken { get; private set; }

    public void Run(TimeSpan noisy)
    {
        for (var at = TimeSpan.Zero; at < noisy; at += Between(200, 3_000))
        {
            At(at, () => Noise.Make(this));
        }

        At(noisy, () =>
        {
            IsQuiet = true;
            Wake();
            Sleds.ToList().ForEach(s => s.ComeBack());
        });
        var end = noisy + WatcherPeriod + TimeSpan.FromSeconds(2);
        while (Broken is null && _queue.TryPeek(out _, out var next) && next.At <= end)
        {
            var act = _queue.Dequeue();
            Now = next.At;
            act();
        }

        Now = end;
        Broken ??= WhatIsNotRight();
    }

    // ---- time and luck

    public TimeSpan Between(int fromMs, int toMs) => TimeSpan.FromMilliseconds(fromMs + Dice.Next(toMs - fromMs));

    public bool IsHit(int percent) => !IsQuiet && Dice.Next(100) < percent;

    public void After(TimeSpan delay, Action act) => At(Now + delay, act);

    private void At(TimeSpan at, Action act) => _queue.Enqueue(act, (at, _numbers++));

    private void Every(TimeSpan period, Action act)
    {
        After(period * (0.8 + (0.2 * Dice.NextDouble())), () =>
        {
            if (_isUp)
            {
                act();
            }

            Every(period, act);
        });
    }

    /// <summary>Runs when the node is up: mail and sagas survive it.</summary>
    private void Durably(Action act)
    {
        if (_isUp)
        {
            act();
        }
        else
        {
            _waiting.Add(act);
        }
    }

    public void Crash()
    {
        _isUp = false;
        _epoch++;
        _pulling.Clear();
        _again.Clear();
        _owed.Clear();
        _restarting.Clear();
        After(Between(100, 4_000), Wake);
    }

    private void Wake()
    {
        if (_isUp)
        {
            return;
        }

        _isUp = true;
        var waiting = _waiting.ToList();
        _waiting.Clear();
        waiting.ForEach(w => After(Between(0, 50), () => Durably(w)));
        foreach (var unfinished in _unfinished.ToList())
        {
            After(Between(0, 50), () => Durably(unfinished));
        }

        After(Between(0, 1_000), () => Durably(Watch));
    }

    // ---- entities

    public InstanceState Instance(InstanceId id) => _instances[id];

    public Reply Ask(EntityAddress to, object command)
    {
        var reply = to.Kind switch
        {
            "instance" => Decide<InstanceDecider, InstanceState, InstanceCommand, InstanceEvent>(
                _instances, InstanceId.From(Guid.Parse(to.Key)), to, (InstanceCommand)command),
            "vmm" => Decide<VmmDecider, VmmState, VmmCommand, VmmEvent>(_vmms, VmmId.From(Guid.Parse(to.Key)), to, (VmmCommand)command),
            "sled" => Decide<SledDecider, SledState, SledCommand, SledEvent>(_rooms, SledId.From(Guid.Parse(to.Key)), to, command switch
            {
                ReserveSled m => new SledCommand.Reserve(m),
                ReleaseSled m => new SledCommand.Release(m),
                MoveReservation m => new SledCommand.Move(m),
                _ => (SledCommand)command,
            }),
            _ => new Reply.Accepted(Done.Instance),
        };
        return reply;
    }

    private Reply Decide<TDecider, TState, TCommand, TEvent>(
        System.Collections.IDictionary states, object key, EntityAddress to, TCommand command)
        where TDecider : IDecider<TState, TCommand, TEvent> where TState : class where TCommand : class where TEvent : class
    {
        var before = (TState?)states[key] ?? TDecider.Initial;
        var turn = new Turn(to, 0, Clock, new CommandKey($"k{_numbers}"), new Principal(PrincipalKind.Host, "sim"));
        var decision = TDecider.Decide(before, command, turn);
        if (decision.Effects.OfType<Effect.Claim>().FirstOrDefault(c => _claims.TryGetValue((c.Space, c.Value), out var holder) && holder != to) is { } taken)
        {
            return new Reply.Refused(new Refusal(RefusalKind.AlreadyExists, "ClaimTaken", $"{taken.Space} {taken.Value}"));
        }

        var after = decision.Events.Aggregate(before, TDecider.Apply);
        states[key] = after;
        if (!decision.Events.IsEmpty)
        {
            Trace?.Invoke($"{Now:c} {to} {command}: {string.Join(", ", decision.Events)}");
        }

        Never(before, after, to);
        foreach (var effect in decision.Effects)
        {
            Take(to, effect);
        }

        return decision.Reply;
    }

    private void Take(EntityAddress from, Effect effect)
    {
        switch (effect)
        {
            case Effect.Claim claim:
                _claims[(claim.Space, claim.Value)] = from;
                break;
            case Effect.Release release when _claims.GetValueOrDefault((release.Space, release.Value)) == from:
                _claims.Remove((release.Space, release.Value));
                break;
            case Effect.Post post:
                Mail(post.To, post.Command, post.Delay, post.ReplyToken is { } token ? reply => Replied(from, token, reply) : null);
                break;
            case Effect.SetTimer timer:
                After(timer.Due, () => Durably(() => Ask(from, timer.Command)));
                break;
            case Effect.Nudge { Reconciler: Reconcilers.AbandonedVmmReaper }:
                After(Between(0, 50), () => Reap(VmmId.From(Guid.Parse(from.Key))));
                break;
            case Effect.Nudge { Reconciler: Reconcilers.VmmPull } pull:
                Ring(VmmId.From(Guid.Parse(pull.Key["vmm/".Length..])));
                break;
            case Effect.Nudge { Reconciler: Reconcilers.InstanceReincarnation }:
                After(Between(0, 50), () => Restart(InstanceId.From(Guid.Parse(from.Key))));
                break;
            default:
                break;
        }
    }

    // Once, in any order, and only while the node is up.
    private void Mail(EntityAddress to, object command, TimeSpan delay, Action<Reply>? replied) =>
        After(delay + Between(0, 40), () => Durably(() =>
        {
            var reply = Ask(to, command);
            if (replied is not null)
            {
                After(Between(0, 20), () => Durably(() => replied(reply)));
            }
        }));

    private void Replied(EntityAddress to, string token, Reply reply) => Ask(
        to, to.Kind == "instance" ? new InstanceCommand.Replied(token, reply) : new VmmCommand.Replied(token, reply));

    private void Never(object before, object after, EntityAddress to)
    {
        switch (before, after)
        {
            case (InstanceState was, InstanceState now):
                Check((now.State == InstanceWords.Vmm) == now.ActiveVmm.HasValue, $"{to}: vmm without active VMM or the reverse (I1)");
                Check(now.StateGeneration >= was.StateGeneration, $"{to}: generation went back (I2)");
                Check(was.Migration is null || now.Migration is null || was.Migration == now.Migration
                    || was.Target is { State: VmmWords.SagaUnwound }, $"{to}: a second migration began (I16)");
                break;
            case (VmmState was, VmmState now):
                Check(now.StateGeneration >= was.StateGeneration, $"{to}: generation went back (I2)");
                Check((now.FailureReason is not null) == (now.State == VmmWords.Failed), $"{to}: {now.State} because {now.FailureReason} (I3)");
                Check(!VmmWords.IsTerminal(was.State) || now.State == was.State, $"{to}: {was.State} became {now.State} (I3)");
                Check(now.TimeDeleted is null || VmmWords.IsDestroyable(now.State), $"{to}: deleted while {now.State} (I4)");
                Check(was.State != VmmWords.Creating || now.State != VmmWords.Failed || now.FailureReason == FailureReasons.FromSledAgent,
                    $"{to}: failed while creating (I14)");
                break;
            case (_, SledState now):
                Check(now.ThreadsReserved <= now.Facts.HardwareThreads, $"{to}: overcommitted (I5)");
                foreach (var kind in (string[])[ReserveSled.Active, ReserveSled.Target])
                {
                    var twice = _rooms.Values.Append(now).DistinctBy(r => r.Id).SelectMany(r => (r.Id == now.Id ? now : r).Reservations.Values)
                        .Where(r => r.Kind == kind).GroupBy(r => r.Instance).Any(g => g.Count() > 1);
                    Check(!twice, $"{to}: two {kind} reservations of one instance (I5)");
                }

                break;
            default:
                break;
        }
    }

    public void Check(bool holds, string what)
    {
        if (!holds)
        {
            Broken ??= $"at {Now}: {what}";
        }
    }

    // ---- users

    public void Start(InstanceId id)
    {
        if (Ask(Addresses.Instance(id), new WantRunning()) is Reply.Accepted { Value: InstanceVerdict { Why: null, Action: InstanceVerdict.Begin } })
        {
            Begin(id, isAutoRestart: false);
        }
    }

    public void Transit(InstanceId id, InstanceCommand wish, string state)
    {
        if (Ask(Addresses.Instance(id), wish) is Reply.Accepted { Value: InstanceVerdict { Why: null, Vmm: { } vmm, Sled: { } sled } })
        {
            PutState(vmm, sled, new VmmStateRequest(state), isStart: false, _ => { });
        }
    }

    public void Migrate(InstanceId id, SledModel to)
    {
        if (Ask(Addresses.Instance(id), new WantMigrated(to.Id)) is not Reply.Accepted { Value: InstanceVerdict { Why: null, Vmm: { } source, Sled: { } sled } })
        {
            return;
        }

        var start = StartSaga.DataOf(_instances[id], VmmId.From(Dice.NewGuid()), false) with { VmmPlatform = "amd_milan" };
        new SagaRun<MigrateData>(this, MigrateSaga.Steps, new MigrateData
        {
            Start = start, Migration = MigrationId.From(Dice.NewGuid()), Source = source, SourceSled = sled, SourceAddress = "fd00::1", TargetSled = to.Id,
        }).Go();
    }

    private void Begin(InstanceId id, bool isAutoRestart) => new SagaRun<StartData>(
        this, StartSaga.Steps, StartSaga.DataOf(_instances[id], VmmId.From(Dice.NewGuid()), isAutoRestart)).Go(() => _restarting.Remove(id));

    // ---- sagas' steps

    /// <summary>Does an effect of a saga: mail, or an activity that is run again after a crash until it gave its reply.</summary>
    public void Step(Effect effect, Action<Reply> replied)
    {
        if (effect is Effect.Post post)
        {
            Mail(post.To, post.Command, post.Delay, replied);
            return;
        }

        var activity = (Effect.Activity)effect;
        Action run = () => { };
        run = () => Activity(activity.Input, Once<Reply>(reply =>
        {
            if (!_unfinished.Remove(run))
            {
                return; // run twice after two crashes: one result counts
            }

            After(Between(0, 20), () => Durably(() => replied(reply)));
        }));
        _unfinished.Add(run);
        Durably(run);
    }

    // What comes back to a process that is gone is lost.
    private Action<T> Once<T>(Action<T> then)
    {
        var epoch = _epoch;
        return value =>
        {
            if (epoch == _epoch)
            {
                then(value);
            }
        };
    }

    private void Activity(object input, Action<Reply> done)
    {
        switch (input)
        {
            case ReserveVmm reserve:
                Reserve(reserve, done);
                break;
            case RegisterVmm register:
                Register(register, done);
                break;
            case UnregisterVmm unregister:
                Unregister(unregister, done);
                break;
            case PutVmmState put:
                PutState(put.Vmm, put.Sled, new VmmStateRequest(put.State), put.IsStart, done);
                break;
            case MigrateTarget target:
                SledOf(target.Sled).Call(
                    s => s.Put(target.Vmm, new VmmStateRequest("migration_target", "x"), Clock),
                    Once<SledSaying>(said => done(said.IsUnreachable || said.Status is >= 400 and < 500
                        ? new Reply.Refused(Refusal.Invalid("SledRefused", said.ToString()))
                        : new Reply.Accepted(Done.Instance))));
                break;
            default:
                throw new NotSupportedException($"{input}");
        }
    }

    private void Reserve(ReserveVmm wanted, Action<Reply> done)
    {
        foreach (var sled in Sleds.OrderByDescending(s => _rooms[s.Id].Reservations.ContainsKey(wanted.Vmm)).ThenBy(_ => Dice.Next(1_000)))
        {
            if (wanted.Only is { } only && only != sled.Id)
            {
                continue;
            }

            var kind = wanted.Only is null ? ReserveSled.Active : ReserveSled.Target;
            if (Ask(Addresses.Sled(sled.Id), new ReserveSled(wanted.Vmm, wanted.Instance, wanted.Cpus, wanted.MemoryBytes, kind))
                is Reply.Accepted { Value: SledReserved reserved })
            {
                done(new Reply.Accepted(new VmmReserved(sled.Id, reserved.VmmAddress, "amd_milan")));
                return;
            }
        }

        done(new Reply.Refused(InstancesErrors.NoRoom(wanted.Cpus, wanted.MemoryBytes, Sleds.Length)));
    }

    private void Register(RegisterVmm wanted, Action<Reply> done)
    {
        if (Ask(Addresses.Vmm(wanted.Vmm), new AttemptRegister()) is not Reply.Accepted { Value: VmmStanding standing })
        {
            done(new Reply.Refused(Refusal.NotFound("VMM", wanted.Vmm.ToString())));
            return;
        }

        if (standing.Report.State != VmmWords.Creating)
        {
            done(new Reply.Accepted(Done.Instance));
            return;
        }

        SledOf(wanted.Sled).Call(s => s.Register(wanted, standing.Report.StateGeneration + 1, Clock), Once<SledSaying>(said =>
        {
            if (said.State is { } state)
            {
                Apply(wanted.Vmm, state);
                if (_owed.Remove(wanted.Vmm))
                {
                    Ring(wanted.Vmm);
                }

                done(new Reply.Accepted(Done.Instance));
                return;
            }

            _owed.Remove(wanted.Vmm);
            if (said.IsUnreachable)
            {
                Ask(Addresses.Vmm(wanted.Vmm), new RegisterNotSent());
            }

            done(new Reply.Refused(InstancesErrors.SledFault(said.ToString())));
        }));
    }

    private void Unregister(UnregisterVmm wanted, Action<Reply> done)
    {
        if (_vmms.GetValueOrDefault(wanted.Vmm) is not { MayBeOnSled: true })
        {
            done(new Reply.Accepted(Done.Instance));
            return;
        }

        SledOf(wanted.Sled).Call(s => s.Unregister(wanted.Vmm, Clock), Once<SledSaying>(said =>
        {
            if (said.Status == 200)
            {
                Ask(Addresses.Vmm(wanted.Vmm), new SledForgot());
                done(new Reply.Accepted(Done.Instance));
                return;
            }

            done(new Reply.Refused(InstancesErrors.SledBusy(said.ToString())));
        }));
    }

    private void PutState(VmmId vmm, SledId sled, VmmStateRequest request, bool isStart, Action<Reply> done)
    {
        if (!isStart && _vmms.GetValueOrDefault(vmm) is { State: VmmWords.Creating })
        {
            After(TimeSpan.FromMilliseconds(100), () => Once<int>(_ => PutState(vmm, sled, request, isStart, done))(0));
            return;
        }

        SledOf(sled).Call(s => s.Put(vmm, request, Clock), Once<SledSaying>(said =>
        {
            if (said.State is { } state)
            {
                Apply(vmm, state);
                HandOver(vmm, sled, state);
                done(new Reply.Accepted(Done.Instance));
                return;
            }

            if (!isStart && said.IsGone)
            {
                Fail(vmm, FailureReasons.NoSuchInstance);
            }
            else if (!isStart && (said.Status == 410 || said.IsNoAnswer))
            {
                Ring(vmm);
            }

            done(new Reply.Refused(InstancesErrors.SledFault(said.ToString())));
        }));
    }

    // ---- rings, pulls and reconcilers

    /// <summary>404 when the VMM is not on record.</summary>
    public int Ring(VmmId vmm)
    {
        var isKnown = _vmms.TryGetValue(vmm, out var state) && state.IsLive;
        if (state is null)
        {
            return 404;
        }

        if (!_pulling.Add(vmm))
        {
            _again.Add(vmm);
        }
        else
        {
            After(Between(0, 10), () => Once<int>(_ => Pull(vmm, isRung: true, 0))(0));
        }

        return isKnown ? 204 : 404;
    }

    private void Pull(VmmId id, bool isRung, int retries)
    {
        var vmm = _vmms[id];
        var sled = SledOf(vmm.Sled);
        var isGivenUp = !vmm.IsLive || vmm.State == VmmWords.SagaUnwound
            || (vmm.State == VmmWords.Failed && vmm.FailureReason != FailureReasons.FromSledAgent);
        if (isGivenUp && isRung)
        {
            sled.Call(s => s.Unregister(id, Clock), Once<SledSaying>(_ => Pulled(id)));
            return;
        }

        if (vmm.State == VmmWords.Creating)
        {
            _owed.Add(id);
        }

        if (isGivenUp || vmm.State is VmmWords.Creating or VmmWords.Destroyed)
        {
            Pulled(id);
            return;
        }

        sled.Call(s => s.Get(id, Clock), Once<SledSaying>(said =>
        {
            if (said.State is { } state)
            {
                Apply(id, state);
                HandOver(id, vmm.Sled, state);
            }
            else if (said.IsGone)
            {
                Fail(id, FailureReasons.NoSuchInstance);
            }
            else if (!isRung && said.IsUnreachable && sled.IsOff)
            {
                Fail(id, FailureReasons.SledOff);
            }
            else if (isRung && retries < InstancesLimits.PullRetries.Length)
            {
                After(InstancesLimits.PullRetries[retries], () => Once<int>(_ => Pull(id, isRung, retries + 1))(0));
                return;
            }

            Pulled(id);
        }));
    }

    private void Pulled(VmmId id)
    {
        _pulling.Remove(id);
        if (_again.Remove(id))
        {
            Ring(id);
        }
    }

    private void HandOver(VmmId vmm, SledId sled, SledVmmState state)
    {
        if (VmmWords.IsTerminal(state.VmmState.State))
        {
            SledOf(sled).Call(s => s.Unregister(vmm, Clock), _ => { });
        }
    }

    private void Watch()
    {
        foreach (var vmm in _vmms.Values.Where(v => v.IsLive && !VmmWords.IsNotOnSled(v.State)).ToList())
        {
            if (_pulling.Add(vmm.Id))
            {
                Pull(vmm.Id, isRung: false, 0);
            }
        }
    }

    private void Update()
    {
        foreach (var vmm in _vmms.Values.Where(v => v.IsLive && VmmWords.IsTerminal(v.State)).ToList())
        {
            Ask(Addresses.Instance(vmm.Instance), VmmReport.Of(vmm));
        }
    }

    private void Reap(VmmId id)
    {
        if (!_isUp || _vmms.GetValueOrDefault(id) is not { IsLive: true } vmm || _instances[vmm.Instance].ActiveVmm == id)
        {
            return;
        }

        if (VmmWords.IsDestroyable(vmm.State))
        {
            Ask(Addresses.Vmm(id), new ReapVmm());
        }
        else if (vmm.IsAbandoned)
        {
            SledOf(vmm.Sled).Call(s => s.Unregister(id, Clock), Once<SledSaying>(said =>
            {
                if (said.State is { } state)
                {
                    Apply(id, state);
                }
                else if (said.Status == 200)
                {
                    Fail(id, FailureReasons.NoSuchInstance);
                }
                else
                {
                    After(TimeSpan.FromSeconds(2), () => Reap(id));
                    return;
                }

                Ask(Addresses.Vmm(id), new ReapVmm());
            }));
        }
    }

    private void Restart(InstanceId id)
    {
        if (!_isUp || _restarting.Contains(id)
            || Ask(Addresses.Instance(id), new MayRestart()) is not Reply.Accepted { Value: RestartVerdict { Start: not null } })
        {
            return;
        }

        _restarting.Add(id);
        Begin(id, isAutoRestart: true);
    }

    private void Apply(VmmId vmm, SledVmmState said) => Tell(Ask(Addresses.Vmm(vmm), new ApplySledState(new SledSaid(
        said.VmmState.State, said.VmmState.Gen, said.VmmState.TimeUpdated, SideOf(said.MigrationIn), SideOf(said.MigrationOut)))));

    private void Fail(VmmId vmm, string reason) => Tell(Ask(Addresses.Vmm(vmm), new FailVmm(reason)));

    private void Tell(Reply reply)
    {
        if (reply is Reply.Accepted { Value: VmmStanding { Changed: true } standing })
        {
            Ask(Addresses.Instance(standing.Report.Instance), standing.Report);
        }
    }

    private static MigrationSide? SideOf(SledMigrationState? side) =>
        side is null ? null : new MigrationSide(MigrationId.From(side.MigrationId), side.State, side.Gen, side.TimeUpdated);

    public SledModel SledOf(SledId id) => Sleds.First(s => s.Id == id);

    // ---- the end

    private string? WhatIsNotRight()
    {
        foreach (var sled in Sleds)
        {
            foreach (var vmm in sled.Vmms.Values.Where(v => v.Runtime.TimeUpdated < Clock - TimeSpan.FromSeconds(2)))
            {
                var known = _vmms.GetValueOrDefault(VmmId.From(vmm.Id));
                if (known is { IsLive: true } && !VmmWords.IsDestroyable(known.State) && known.StateGeneration != vmm.Runtime.Gen)
                {
                    return $"VMM {vmm.Id} is {vmm.State} gen {vmm.Runtime.Gen} on its sled and {known.State} gen {known.StateGeneration} on record";
                }

                var instance = _instances[InstanceId.From(vmm.InstanceId)];
                if (SledModel.IsExecuting(vmm) && instance.ActiveVmm?.Value != vmm.Id && instance.TargetVmm?.Value != vmm.Id)
                {
                    return $"VMM {vmm.Id} runs and its instance {instance.Name} ({instance.State}) does not know it";
                }
            }
        }

        foreach (var instance in _instances.Values.Where(i => i.Active is { } a && a.TimeStateUpdated < Clock - TimeSpan.FromSeconds(5)))
        {
            var active = instance.Active!; // Where says so
            var isThere = SledOf(active.Sled).Vmms.ContainsKey(active.Vmm.Value);
            if (!isThere && active.State is not (VmmWords.Creating or VmmWords.SagaUnwound))
            {
                return $"instance {instance.Name} shows {instance.RunStateWord} and its VMM {active.Vmm} is on no sled";
            }
        }

        return null;
    }
}
