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
    /// <param name="instance">The instance.</param>
    /// <param name="choice">The pool.</param>
    /// <param name="ask">How to ask; each ask of the call gets a name.</param>
    /// <param name="ct">Ends the wait.</param>
    public async ValueTask<Outcome<AttachedIpReply>> AttachEphemeralAsync(
        ExternalIpId id, InstanceRow instance, PoolChoice choice, Func<string, AskOptions> ask, CancellationToken ct)
    {
        var (pool, refusal) = await SelectAsync(instance.Silo, choice, ct).ConfigureAwait(false);
        if (pool is null)
        {
            return new Outcome<AttachedIpReply>.Refused(refusal!); // one of the two is there
        }

        var lent = await LendAsync(pool.Value, id, instance.Id, null, ask("lend"), ct).ConfigureAwait(false);
        if (lent is not Outcome<LeaseReply>.Accepted { Value: { } lease })
        {
            return lent.As<LeaseReply, AttachedIpReply>();
        }

        var outcome = await entities.AskAsync(
            Addresses.InstanceExternalIps(instance.Id),
            new InstanceIpsCommand.AttachEphemeral(id, lease.Address, pool.Value, lease.Range),
            ask("attach"),
            ct).ConfigureAwait(false);
        if (outcome is not Outcome<AttachedIpReply>.Refused refused)
        {
            return outcome;
        }

        await EndLeaseAsync(pool.Value, id, ask("end"), ct).ConfigureAwait(false);
        return refused.Why.Code == MulticastErrors.ClaimTaken
            ? new Outcome<AttachedIpReply>.Refused(ExternalIpErrors.AddressRaced(lease.Address))
            : outcome;
    }

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
    public async ValueTask<Outcome<FloatingIpReply>> CreateAsync(
        ExternalIpId id, ProjectRow project, string name, string description, PoolChoice choice, Func<string, AskOptions> ask, CancellationToken ct)
    {
        var (pool, refusal) = await SelectAsync(project.Silo, choice, ct).ConfigureAwait(false);
        if (pool is null)
        {
            return new Outcome<FloatingIpReply>.Refused(refusal!); // one of the two is there
        }

        var wanted = (choice as PoolChoice.Containing)?.Address;
        var lent = await LendAsync(pool.Value, id, null, wanted, ask("lend"), ct).ConfigureAwait(false);
        if (lent is not Outcome<LeaseReply>.Accepted { Value: { } lease })
        {
            return lent.As<LeaseReply, FloatingIpReply>();
        }

        var outcome = await entities.AskAsync(
            Addresses.FloatingIp(id),
            new FloatingIpCommand.Create(project.Silo, project.Id, name, description, lease.Address, pool.Value, lease.Range),
            ask("create"),
            ct).ConfigureAwait(false);
        if (outcome is not Outcome<FloatingIpReply>.Refused refused)
        {
            return outcome;
        }

        await EndLeaseAsync(pool.Value, id, ask("end"), ct).ConfigureAwait(false);
        if (refused.Why.Code != MulticastErrors.ClaimTaken)
        {
            return outcome;
        }

        var isNameTaken = await views.FirstAsync(
            new ViewQuery<FloatingIpRow>(FloatingIpViews.FloatingIps).WhereEqual("project", project.Id.ToString()).WhereEqual("name", name), ct)
            .ConfigureAwait(false) is not null;
        return new Outcome<FloatingIpReply>.Refused(isNameTaken ? ExternalIpErrors.NameTaken(name) : ExternalIpErrors.AddressRaced(lease.Address));
    }

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

    private async ValueTask<(PoolId? Pool, Refusal? Refusal)> SelectAsync(SiloId silo, PoolChoice choice, CancellationToken ct)
    {
        var linked = await views.PoolCandidatesAsync(silo, PoolType.Unicast, ct).ConfigureAwait(false);
        var (pool, refusal) = UnicastSelection.Select(choice, linked);
        return (pool?.Id, refusal);
    }

    private ValueTask<Outcome<LeaseReply>> LendAsync(
        PoolId pool, ExternalIpId lease, InstanceId? instance, Ip? address, AskOptions ask, CancellationToken ct) =>
        entities.AskAsync(Addresses.IpPool(pool), new PoolCommand.Lend(lease, instance, address), ask with { ExpectedGeneration = null }, ct);

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
