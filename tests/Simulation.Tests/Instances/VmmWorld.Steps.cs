using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;
using StartSaga = Gantry.Instances.StartSaga;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>What users ask for, and the steps of the sagas that do it.</summary>
internal sealed partial class VmmWorld
{
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

    private void Begin(InstanceId id, bool isAutoRestart)
    {
        var start = StartSaga.DataOf(_instances[id], VmmId.From(Dice.NewGuid()), isAutoRestart);
        _starting.Add(start.Vmm, id);
        new SagaRun<StartData>(this, StartSaga.Steps, start).Go(() =>
        {
            _starting.Remove(start.Vmm);
            _restarting.Remove(id);
        });
    }

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
                TakeIn(target, done);
                break;
            default:
                throw new NotSupportedException($"{input}");
        }
    }

    private void TakeIn(MigrateTarget wanted, Action<Reply> done)
    {
        if (Ask(Addresses.Vmm(wanted.Vmm), new AttemptTarget()) is not Reply.Accepted { Value: VmmStanding standing })
        {
            done(new Reply.Refused(Refusal.NotFound("VMM", wanted.Vmm.ToString())));
            return;
        }

        SledOf(wanted.Sled).Call(s => s.Put(wanted.Vmm, new VmmStateRequest("migration_target", "x"), Clock), Once<SledSaying>(said =>
            done(standing.Attempt == 1 && (said.IsUnreachable || said.Status is >= 400 and < 500)
                ? new Reply.Refused(Refusal.Invalid("SledRefused", said.ToString()))
                : new Reply.Accepted(Done.Instance))));
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

        done(new Reply.Refused(InstancesErrors.NoRoom($"{wanted.Cpus} CPUs", $"{Sleds.Length} sleds were looked at")));
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

        if (isStart && PutStateActivity.Already(_vmms.GetValueOrDefault(vmm) is { IsLive: true } known ? known.State : null, vmm) is { } end)
        {
            done(end);
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
                Gone(vmm, sled, () => done(new Reply.Refused(InstancesErrors.Gone(vmm))));
                return;
            }

            if (!isStart && (said.Status == 410 || said.IsNoAnswer))
            {
                Ring(vmm);
            }

            done(new Reply.Refused(InstancesErrors.SledFault(said.ToString())));
        }));
    }
}
