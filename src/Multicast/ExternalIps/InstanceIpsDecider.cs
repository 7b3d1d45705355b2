using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Attaches and detaches external addresses. An attachment is this one entity's decision: the address or the floating IP is claimed with it.</summary>
public sealed class InstanceIpsDecider : IDecider<InstanceIpsState, InstanceIpsCommand, InstanceIpsEvent>
{
    /// <summary>The kind <c>instance-external-ips</c>, key instance id.</summary>
    internal static EntityKind Kind { get; } = EntityKind.Define<InstanceIpsDecider, InstanceIpsState, InstanceIpsCommand, InstanceIpsEvent>(
        "instance-external-ips",
        k => k
            .View(Project)
            .Accept<InstanceDeleted>(_ => new InstanceIpsCommand.InstanceGone())
            .Accept<TakeBackExternalIps>(m => new InstanceIpsCommand.TakeBack(m.Ids))
            .EndsWhen(s => s.IsGone));

    /// <inheritdoc/>
    public static InstanceIpsState Initial => InstanceIpsState.Empty;

    /// <inheritdoc/>
    public static Decision<InstanceIpsEvent> Decide(InstanceIpsState state, InstanceIpsCommand command, in Turn turn)
    {
        var instance = InstanceOf(turn.Self);
        return command switch
        {
            InstanceIpsCommand.AskLease c => Decision.Unchanged<InstanceIpsEvent>(new HoldingReply(state.Ips.ContainsKey(c.Lease))),
            InstanceIpsCommand.InstanceGone => End(state),
            InstanceIpsCommand.RecordTold c => RecordTold(state, c.Changes),
            InstanceIpsCommand.TakeBack c => TakeBack(state, c.Ids),
            _ when state.IsGone => Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.InstanceGone(instance)),
            InstanceIpsCommand.AttachEphemeral c => AttachEphemeral(state, c, instance),
            InstanceIpsCommand.DetachEphemeral c => DetachEphemeral(state, c.Version),
            InstanceIpsCommand.AttachFloating c => Attach(state, c.Id, new AttachedIp(IsFloating: true, c.Address, c.Pool), []),
            InstanceIpsCommand.DetachFloating c => state.Ips.TryGetValue(c.Id, out var ip) && ip.IsFloating
                ? Detach(c.Id, ip)
                : Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.NotAttached(c.Name)),
            _ => throw Invariant.Unreachable($"instance-external-ips has no command {command.GetType().Name}"),
        };
    }

    /// <inheritdoc/>
    public static InstanceIpsState Apply(InstanceIpsState state, InstanceIpsEvent fact) => fact switch
    {
        InstanceIpsEvent.Attached e => state with
        {
            Ips = state.Ips.SetItem(e.Id, e.Ip),
            Untold = state.Untold.SetItem(e.Id, new IpChange(e.Id, e.Ip, IsGone: false)),
        },
        InstanceIpsEvent.Detached e => state with
        {
            Ips = state.Ips.Remove(e.Id),
            Untold = state.Ips.TryGetValue(e.Id, out var lost) ? state.Untold.SetItem(e.Id, new IpChange(e.Id, lost, IsGone: true)) : state.Untold,
        },
        InstanceIpsEvent.Told e => state with { Untold = state.Untold.RemoveRange(e.Changes.Select(c => c.Id)) },
        InstanceIpsEvent.Gone => new InstanceIpsState { IsGone = true },
        _ => state,
    };

    private static Decision<InstanceIpsEvent> AttachEphemeral(InstanceIpsState state, InstanceIpsCommand.AttachEphemeral attach, InstanceId instance)
    {
        var present = Ephemeral(state).FirstOrDefault(e => e.Key != attach.Lease && e.Value.Address.Version == attach.Address.Version).Value;
        return present is null
            ? Attach(
                state,
                attach.Lease,
                new AttachedIp(IsFloating: false, attach.Address, attach.Pool),
                [new Effect.Post(Addresses.IpPool(attach.Pool), new PoolCommand.ConfirmLease(attach.Lease, instance, attach.Address, attach.Range))])
            : Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.HasEphemeral(attach.Address.Version, present.Address));
    }

    private static Decision<InstanceIpsEvent> DetachEphemeral(InstanceIpsState state, IpVersion? version)
    {
        var wanted = Ephemeral(state).Where(e => version is null || e.Value.Address.Version == version).ToImmutableArray();
        return wanted switch
        {
            [] => Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.NoEphemeral(version)),
            [var one] => Detach(one.Key, one.Value),
            _ => Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.WhichEphemeral()),
        };
    }

    private static Decision<InstanceIpsEvent> Attach(
        InstanceIpsState state, ExternalIpId id, AttachedIp ip, ImmutableArray<Effect> effects)
    {
        var reply = new AttachedIpReply(id, ip.Address, ip.Pool);
        if (state.Ips.ContainsKey(id))
        {
            return Decision.Unchanged<InstanceIpsEvent>(reply);
        }

        if (state.Ips.Count >= MulticastLimits.ExternalIpsPerInstance)
        {
            return Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.TooMany());
        }

        // An address that came and went while the sled was silent is still told, so there is a bound on how many.
        return state.Untold.Values.Count(c => c.IsGone) >= MulticastLimits.UntoldExternalIps
            ? Decision.Refuse<InstanceIpsEvent>(ExternalIpErrors.SledIsBehind())
            : Decision.Accept<InstanceIpsEvent>(reply, [new InstanceIpsEvent.Attached(id, ip)], effects.Add(ClaimOf(id, ip)));
    }

    private static Decision<InstanceIpsEvent> Detach(ExternalIpId id, AttachedIp ip) => Decision.Accept<InstanceIpsEvent>(
        new AttachedIpReply(id, ip.Address, ip.Pool), [new InstanceIpsEvent.Detached(id)], [.. LettingGo(id, ip)]);

    private static Decision<InstanceIpsEvent> TakeBack(InstanceIpsState state, ImmutableArray<ExternalIpId> ids)
    {
        ImmutableArray<ExternalIpId> present = [.. ids.Where(state.Ips.ContainsKey)];
        return present.IsEmpty
            ? Decision.Unchanged<InstanceIpsEvent>()
            : Decision.Accept<InstanceIpsEvent>(
                null,
                [.. present.Select(id => new InstanceIpsEvent.Detached(id))],
                [.. present.SelectMany(id => LettingGo(id, state.Ips[id]))]);
    }

    // What changed again while it was told is told again.
    private static Decision<InstanceIpsEvent> RecordTold(InstanceIpsState state, ImmutableArray<IpChange> told)
    {
        ImmutableArray<IpChange> settled = [.. told.Where(c => state.Untold.GetValueOrDefault(c.Id) == c)];
        return settled.IsEmpty
            ? Decision.Unchanged<InstanceIpsEvent>(Done.Instance)
            : Decision.Accept<InstanceIpsEvent>(Done.Instance, [new InstanceIpsEvent.Told(settled)]);
    }

    private static Decision<InstanceIpsEvent> End(InstanceIpsState state) => state.IsGone
        ? Decision.Unchanged<InstanceIpsEvent>()
        : Decision.Accept<InstanceIpsEvent>(
            null, [new InstanceIpsEvent.Gone()], [.. state.Ips.SelectMany(e => LettingGo(e.Key, e.Value))]);

    private static IEnumerable<KeyValuePair<ExternalIpId, AttachedIp>> Ephemeral(InstanceIpsState state) => state.Ips.Where(e => !e.Value.IsFloating);

    private static Effect ClaimOf(ExternalIpId id, AttachedIp ip) => ip.IsFloating
        ? new Effect.Claim(FloatingIpDecider.AttachmentClaims, id.ToString())
        : new Effect.Claim(FloatingIpDecider.AddressClaims, ip.Address.ToString());

    // A floating IP goes on without the instance; an ephemeral address goes back to its pool.
    private static ImmutableArray<Effect> LettingGo(ExternalIpId id, AttachedIp ip) => ip.IsFloating
        ? [new Effect.Release(FloatingIpDecider.AttachmentClaims, id.ToString())]
        : [
            new Effect.Release(FloatingIpDecider.AddressClaims, ip.Address.ToString()),
            new Effect.Post(Addresses.IpPool(ip.Pool), new PoolCommand.EndLease(id)),
        ];

    private static ImmutableArray<ViewOp> Project(EntityAddress self, InstanceIpsState before, InstanceIpsEvent fact, InstanceIpsState after)
    {
        var instance = InstanceOf(self);
        return fact switch
        {
            InstanceIpsEvent.Attached e =>
            [
                InstanceExternalIpViews.InstanceExternalIps.Upsert(
                    InstanceExternalIpViews.KeyOf(instance, e.Id),
                    new InstanceExternalIpRow(instance, e.Id, e.Ip.IsFloating, e.Ip.Address.ToString(), e.Ip.Pool)),
                Changed(instance, after.Untold[e.Id]),
            ],
            InstanceIpsEvent.Detached e => after.Untold.TryGetValue(e.Id, out var lost)
                ? [Gone(instance, e.Id), Changed(instance, lost)]
                : [Gone(instance, e.Id)],
            InstanceIpsEvent.Told e => [.. e.Changes.Select(c => Settled(instance, c.Id))],
            InstanceIpsEvent.Gone => [.. before.Ips.Keys.Select(id => Gone(instance, id)), .. before.Untold.Keys.Select(id => Settled(instance, id))],
            _ => [],
        };
    }

    private static ViewOp Gone(InstanceId instance, ExternalIpId id) =>
        InstanceExternalIpViews.InstanceExternalIps.Delete(InstanceExternalIpViews.KeyOf(instance, id));

    private static ViewOp Changed(InstanceId instance, IpChange change) =>
        IpChangeViews.Changes.Upsert(InstanceExternalIpViews.KeyOf(instance, change.Id), new IpChangeRow(instance, change));

    private static ViewOp Settled(InstanceId instance, ExternalIpId id) =>
        IpChangeViews.Changes.Delete(InstanceExternalIpViews.KeyOf(instance, id));

    private static InstanceId InstanceOf(EntityAddress self) => new(Guid.Parse(self.Key));
}
