using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// The changes of external addresses that need more than one owner. Holds nothing: an address that was lent and whose holder was not made goes
/// back by the pool's timer. Thread-safe.
/// </summary>
public sealed class ExternalIpService(IViews views, IEntities entities)
{
    /// <summary>Lends an address from a pool and attaches it to the instance as its ephemeral one.</summary>
    /// <param name="id">The address as an object, the same for every retry of the call.</param>
    /// <param name="silo">The silo whose pools may be used.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="choice">The pool.</param>
    /// <param name="ask">How to ask; each ask of the call gets a name.</param>
    /// <param name="ct">Ends the wait.</param>
    public ValueTask<Outcome<AttachedIpReply>> AttachEphemeralAsync(
        ExternalIpId id, SiloId silo, InstanceId instance, PoolChoice choice, Func<string, AskOptions> ask, CancellationToken ct) =>
        OnLeaseAsync(
            id,
            silo,
            instance,
            choice,
            (pool, lease) => entities.AskAsync(
                Addresses.InstanceExternalIps(instance), new InstanceIpsCommand.AttachEphemeral(id, lease.Address, pool, lease.Range), ask("attach"), ct),
            lease => ValueTask.FromResult(ExternalIpErrors.AddressRaced(lease.Address)),
            ask,
            ct);

    /// <summary>Detaches an ephemeral address; it is free when this returns.</summary>
    public async ValueTask<Outcome<AttachedIpReply>> DetachEphemeralAsync(
        InstanceId instance, IpVersion? version, Func<string, AskOptions> ask, CancellationToken ct)
    {
        var outcome = await entities.AskAsync(
            Addresses.InstanceExternalIps(instance), new InstanceIpsCommand.DetachEphemeral(version), ask("detach"), ct).ConfigureAwait(false);
        if (outcome is Outcome<AttachedIpReply>.Accepted { Value: { } gone })
        {
            await EndLeaseAsync(gone.Pool, gone.Id, ask("end"), ct).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>Makes a floating IP.</summary>
    public ValueTask<Outcome<FloatingIpReply>> CreateAsync(
        ExternalIpId id, ProjectRow project, string name, string description, PoolChoice choice, Func<string, AskOptions> ask, CancellationToken ct) =>
        OnLeaseAsync(
            id,
            project.Silo,
            null,
            choice,
            (pool, lease) => entities.AskAsync(
                Addresses.FloatingIp(id),
                new FloatingIpCommand.Create(project.Silo, project.Id, name, description, lease.Address, pool, lease.Range),
                ask("create"),
                ct),
            async lease => await views.FirstAsync(
                new ViewQuery<FloatingIpRow>(FloatingIpViews.FloatingIps).WhereEqual("project", project.Id.ToString()).WhereEqual("name", name), ct)
                .ConfigureAwait(false) is null ? ExternalIpErrors.AddressRaced(lease.Address) : ExternalIpErrors.NameTaken(name),
            ask,
            ct);

    /// <summary>Changes name and description.</summary>
    public async ValueTask<Outcome<FloatingIpReply>> UpdateAsync(
        ExternalIpId id, FloatingIpCommand.Update update, AskOptions ask, CancellationToken ct) =>
        (await entities.AskAsync(Addresses.FloatingIp(id), update, ask, ct).ConfigureAwait(false))
            .WhenClaimTaken(() => ExternalIpErrors.NameTaken(update.Name ?? ""));

    /// <summary>Deletes a floating IP that is not attached; its address is free when this returns.</summary>
    public async ValueTask<Outcome<Done>> DeleteAsync(FloatingIpRow row, Func<string, AskOptions> ask, CancellationToken ct)
    {
        var outcome = await entities.AskAsync(
            Addresses.FloatingIp(row.Id), new FloatingIpCommand.Delete(), ask("delete"), ct).ConfigureAwait(false);
        if (outcome is Outcome<Done>.Accepted)
        {
            await EndLeaseAsync(row.Pool, row.Id, ask("end"), ct).ConfigureAwait(false);
        }

        return outcome.WhenClaimTaken(() => ExternalIpErrors.StillAttached(row.Name));
    }

    /// <summary>Attaches a floating IP to an instance of its project; already so is fine.</summary>
    public async ValueTask<Outcome<AttachedIpReply>> AttachAsync(FloatingIpRow row, InstanceRow instance, AskOptions ask, CancellationToken ct)
    {
        if (instance.Project != row.Project)
        {
            return new Outcome<AttachedIpReply>.Refused(ExternalIpErrors.OtherProject(row.Name, instance.Name));
        }

        var outcome = await entities.AskAsync(
            Addresses.InstanceExternalIps(instance.Id),
            new InstanceIpsCommand.AttachFloating(row.Id, row.Name, row.Address, row.Pool),
            ask,
            ct).ConfigureAwait(false);
        return outcome.WhenClaimTaken(() => ExternalIpErrors.AttachedElsewhere(row.Name));
    }

    /// <summary>Detaches a floating IP from the instance that it is attached to.</summary>
    public async ValueTask<Outcome<AttachedIpReply>> DetachAsync(FloatingIpRow row, AskOptions ask, CancellationToken ct)
    {
        if (await views.InstanceOfAsync(row.Id, ct).ConfigureAwait(false) is not { } instance)
        {
            return new Outcome<AttachedIpReply>.Refused(ExternalIpErrors.NotAttached(row.Name));
        }

        return await entities.AskAsync(
            Addresses.InstanceExternalIps(instance), new InstanceIpsCommand.DetachFloating(row.Id, row.Name), ask, ct).ConfigureAwait(false);
    }

    // Lends an address and lets its holder commit to it; who is refused gives it back. A claim that was lost may have been on the address or on
    // something of the holder's own, which the caller knows.
    private async ValueTask<Outcome<TReply>> OnLeaseAsync<TReply>(
        ExternalIpId id,
        SiloId silo,
        InstanceId? instance,
        PoolChoice choice,
        Func<PoolId, LeaseReply, ValueTask<Outcome<TReply>>> hold,
        Func<LeaseReply, ValueTask<Refusal>> whyClaimLost,
        Func<string, AskOptions> ask,
        CancellationToken ct)
        where TReply : class
    {
        var linked = await views.PoolCandidatesAsync(silo, PoolType.Unicast, ct).ConfigureAwait(false);
        var (chosen, refusal) = UnicastSelection.Select(choice, linked);
        if (chosen is null)
        {
            return new Outcome<TReply>.Refused(refusal!); // one of the two is there
        }

        var lend = new PoolCommand.Lend(id, instance, (choice as PoolChoice.Containing)?.Address);
        var lent = await entities.AskAsync(Addresses.IpPool(chosen.Id), lend, ask("lend") with { ExpectedGeneration = null }, ct).ConfigureAwait(false);
        if (lent is not Outcome<LeaseReply>.Accepted { Value: { } lease })
        {
            return lent.As<LeaseReply, TReply>();
        }

        var outcome = await hold(chosen.Id, lease).ConfigureAwait(false);
        if (outcome is not Outcome<TReply>.Refused refused)
        {
            return outcome;
        }

        await EndLeaseAsync(chosen.Id, id, ask("end"), ct).ConfigureAwait(false);
        return refused.Why.Code == MulticastErrors.ClaimTaken
            ? new Outcome<TReply>.Refused(await whyClaimLost(lease).ConfigureAwait(false))
            : outcome;
    }

    // Asking makes it prompt; the holder's mail or the pool's timer makes it sure.
    private async ValueTask EndLeaseAsync(PoolId pool, ExternalIpId lease, AskOptions ask, CancellationToken ct) =>
        await entities.AskAsync(Addresses.IpPool(pool), new PoolCommand.EndLease(lease), ask with { ExpectedGeneration = null }, ct)
            .ConfigureAwait(false);
}

/// <summary>Questions to the views about external addresses.</summary>
public static class ExternalIpQueries
{
    /// <summary>The instance that a floating IP is attached to, or null.</summary>
    public static async ValueTask<InstanceId?> InstanceOfAsync(this IViews views, ExternalIpId id, CancellationToken ct) =>
        (await views.FirstAsync(
            new ViewQuery<InstanceExternalIpRow>(InstanceExternalIpViews.InstanceExternalIps).WhereEqual("external_ip", id.ToString()), ct)
            .ConfigureAwait(false))?.Row.Instance;
}
