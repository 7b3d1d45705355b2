using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>Rings, pulls and the reconcilers that look without one.</summary>
internal sealed partial class VmmWorld
{
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
            Fence(id, vmm.Sled, _ => Pulled(id));
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
                Gone(id, vmm.Sled, () => Pulled(id));
                return;
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

    // Whoever does not know it is told to end it all the same before that is believed.
    private void Gone(VmmId id, SledId sled, Action then) => Fence(id, sled, _ =>
    {
        Fail(id, FailureReasons.NoSuchInstance);
        then();
    });

    private void Fence(VmmId id, SledId sled, Action<bool> then) => SledOf(sled).Call(s => s.Unregister(id, Clock), Once<SledSaying>(said =>
    {
        var isSure = said.Status == 200 || said.IsGone;
        if (isSure)
        {
            Ask(Addresses.Vmm(id), new SledForgot());
        }

        then(isSure);
    }));

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
        if (!_isUp || _vmms.GetValueOrDefault(id) is not { } vmm || _instances[vmm.Instance].ActiveVmm == id)
        {
            return;
        }

        if (!vmm.IsLive)
        {
            // Its grave: a guest may have outlived the verdict.
            if (vmm is { MayBeOnSled: true, FailureReason: FailureReasons.SledOff or FailureReasons.NoSuchInstance })
            {
                Fence(id, vmm.Sled, isSure =>
                {
                    if (!isSure)
                    {
                        After(TimeSpan.FromSeconds(2), () => Reap(id));
                    }
                });
            }

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
}
