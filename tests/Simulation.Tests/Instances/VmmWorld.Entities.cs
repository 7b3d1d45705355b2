using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Primitives;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>The entities: deciders, their mail, their claims, and what none of their transitions may do.</summary>
internal sealed partial class VmmWorld
{
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
            "project" or "silo" => Quota(to.Kind, command),
            _ => new Reply.Accepted(Done.Instance),
        };
        return reply;
    }

    // As a ledger without a limit: what is charged goes when the same VMM, or the whole instance, is given back.
    private Reply Quota(string owner, object command)
    {
        var charges = _charges[owner];
        Trace?.Invoke($"{Now:c} {owner} {command}");
        switch (command)
        {
            case ChargeQuota { Vmm: { } vmm } charge:
                charges[vmm] = charge.Instance;
                break;
            case ReleaseQuota release:
                charges.Where(c => c.Value == release.Instance && (release.Vmm is null || c.Key == release.Vmm)).ToList().ForEach(c => charges.Remove(c.Key));
                break;
            default:
                break;
        }

        return new Reply.Accepted(Done.Instance);
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
}
