using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Options;

namespace Gantry.Instances;

/// <summary>
/// What the gateway calls to do something with an instance. Long work is a saga whose end is waited for until the caller's deadline; it goes on
/// without the caller. Thread-safe.
/// </summary>
public sealed class InstanceService(IEntities entities, IViews views, ISagas sagas, IOptions<MulticastFeature> multicast)
{
    /// <summary>Creates an instance and, when it has a first VMM, waits for its start, whose failure does not fail the creation.</summary>
    public async ValueTask<Outcome<Done>> CreateAsync(CreateData wanted, AskOptions how, CancellationToken ct)
    {
        if (InstanceRules.WhyNot(wanted.Name, wanted.Description, wanted.Config) is { } why)
        {
            return new Outcome<Done>.Refused(why);
        }

        if (multicast.Value.Enabled && wanted.Groups.Length > InstancesLimits.MulticastGroupsMax)
        {
            return new Outcome<Done>.Refused(InstancesErrors.TooManyGroups(wanted.Groups.Length));
        }

        if (wanted.ExternalIps.Length > InstancesLimits.ExternalIpsMax
            || wanted.ExternalIps.Count(ip => ip.FloatingIp is null) > InstancesLimits.EphemeralIpsMax)
        {
            return new Outcome<Done>.Refused(InstancesErrors.TooManyExternalIps());
        }

        var data = multicast.Value.Enabled ? wanted : wanted with { Groups = [] };
        var end = EndOf(await sagas.RunAsync<CreateSaga, CreateData>(wanted.Instance.ToString(), data, WithoutMatch(how), ct).ConfigureAwait(false));
        if (end is Outcome<Done>.Accepted && wanted.FirstVmm is { } vmm)
        {
            await sagas.RunAsync<StartSaga, StartData>(vmm.ToString(), StartOf(wanted, vmm), WithoutMatch(how), ct).ConfigureAwait(false);
        }

        return end;
    }

    /// <summary>Starts an instance on a new VMM. Running already is accepted.</summary>
    public async ValueTask<Outcome<Done>> StartAsync(InstanceRow row, VmmId vmm, AskOptions how, CancellationToken ct)
    {
        var asked = await entities.AskAsync(
            Addresses.Instance(row.Id), new WantRunning(), how with { Key = new CommandKey($"{how.Key.Value}:wish") }, ct).ConfigureAwait(false);
        if (asked is not Outcome<InstanceVerdict>.Accepted { Value: var verdict })
        {
            return Failed(asked);
        }

        if (verdict.Why is { } why)
        {
            return new Outcome<Done>.Refused(why);
        }

        return verdict.Action == InstanceVerdict.Begin
            ? StillGoingIsFine(await sagas.RunAsync<StartSaga, StartData>(vmm.ToString(), StartOf(row, vmm), WithoutMatch(how), ct).ConfigureAwait(false))
            : Accepted();
    }

    /// <summary>Stops an instance; accepted when its sled took the request.</summary>
    public ValueTask<Outcome<Done>> StopAsync(InstanceId instance, AskOptions how, CancellationToken ct) =>
        TransitAsync(instance, TransitionSaga.Stop, how, ct);

    /// <summary>Reboots an instance; accepted when its sled took the request.</summary>
    public ValueTask<Outcome<Done>> RebootAsync(InstanceId instance, AskOptions how, CancellationToken ct) =>
        TransitAsync(instance, TransitionSaga.Reboot, how, ct);

    /// <summary>
    /// Moves a running instance to a sled (vmm 4.7); accepted when the target was told to take the guest in. How it ends is seen at the instance.
    /// </summary>
    public async ValueTask<Outcome<Done>> MigrateAsync(
        InstanceRow row, SledId target, VmmId vmm, MigrationId migration, AskOptions how, CancellationToken ct)
    {
        var asked = await entities.AskAsync(
            Addresses.Instance(row.Id), new WantMigrated(target), WithoutMatch(how) with { Key = new CommandKey($"{how.Key.Value}:wish") }, ct)
            .ConfigureAwait(false);
        if (asked is not Outcome<InstanceVerdict>.Accepted { Value: var verdict })
        {
            return Failed(asked);
        }

        if (verdict is not { Why: null, Vmm: { } source, Sled: { } sled })
        {
            // The same request again, after it was done: its own migration is no obstacle.
            return row.Migration == migration
                ? Accepted()
                : new Outcome<Done>.Refused(verdict.Why ?? InstancesErrors.NotMigratable(row.Name, row.RunState));
        }

        if ((await views.GetAsync(InstanceViews.Vmms, source.ToString(), ct).ConfigureAwait(false))?.Row is not { } from)
        {
            return new Outcome<Done>.Refused(InstancesErrors.MigrationLost(row.Name));
        }

        var data = new MigrateData
        {
            Start = StartOf(row, vmm) with { VmmPlatform = from.CpuPlatform },
            Migration = migration,
            Source = source,
            SourceSled = sled,
            SourceAddress = from.Address,
            TargetSled = target,
        };
        return StillGoingIsFine(await sagas.RunAsync<MigrateSaga, MigrateData>(vmm.ToString(), data, WithoutMatch(how), ct).ConfigureAwait(false));
    }

    /// <summary>Deletes an instance.</summary>
    public async ValueTask<Outcome<Done>> DeleteAsync(InstanceId instance, AskOptions how, CancellationToken ct)
    {
        var asked = await entities.AskAsync(Addresses.Instance(instance), new DeleteInstance(), how, ct).ConfigureAwait(false);
        if (asked is Outcome<InstanceVerdict>.Accepted { Value.Why: null })
        {
            await LeaveGroupsAsync(instance, how, ct).ConfigureAwait(false);
        }

        return asked is Outcome<InstanceVerdict>.Accepted { Value.Why: { } why }
            ? new Outcome<Done>.Refused(why)
            : asked is Outcome<InstanceVerdict>.Accepted accepted
                ? new Outcome<Done>.Accepted(Done.Instance, accepted.Revision, accepted.IsReplay)
                : Failed(asked);
    }

    /// <summary>
    /// Changes what was asked for, then the multicast memberships when a list is given (null leaves them as they are); new groups are made from pools
    /// of the caller's silo.
    /// </summary>
    public async ValueTask<Outcome<Done>> ConfigureAsync(
        InstanceRow row,
        InstanceConfig wanted,
        string? bootDisk,
        ImmutableArray<GroupWish>? groups,
        SiloId silo,
        AskOptions how,
        CancellationToken ct)
    {
        if (multicast.Value.Enabled && groups is { Length: > InstancesLimits.MulticastGroupsMax } many)
        {
            return new Outcome<Done>.Refused(InstancesErrors.TooManyGroups(many.Length));
        }

        var done = await entities.AskAsync(
            Addresses.Instance(row.Id), new ConfigureInstance(wanted, bootDisk), how, ct).ConfigureAwait(false);
        if (done is not Outcome<Done>.Accepted || groups is not { } list || !multicast.Value.Enabled)
        {
            return done;
        }

        var replacement = new ReplaceMemberships(
            row.Id, silo, [.. list.Select(g => new JoinForInstance(row.Id, silo, g.Group, g.Sources, g.IpVersion, how.Caller))]);
        return EndOf(await sagas.RunAsync<MembershipsSaga, MembershipsData>(
            KeyOf(row.Id, how), new MembershipsData(replacement), WithoutMatch(how), ct).ConfigureAwait(false));
    }

    // A member that stays behind is of no consequence: it holds no room and is shown to nobody.
    private async ValueTask LeaveGroupsAsync(InstanceId instance, AskOptions how, CancellationToken ct)
    {
        var members = new ViewQuery<AffinityMemberRow>(InstanceViews.AffinityMembers).WhereEqual("instance", instance.ToString());
        foreach (var member in await views.ListAsync(members, ct).ConfigureAwait(false))
        {
            await entities.AskAsync(
                Addresses.AffinityGroup(member.Row.Group),
                new RemoveAffinityMember(instance),
                WithoutMatch(how) with { Key = new CommandKey($"{how.Key.Value}:leave") },
                ct).ConfigureAwait(false);
        }
    }

    private async ValueTask<Outcome<Done>> TransitAsync(InstanceId instance, string state, AskOptions how, CancellationToken ct) =>
        StillGoingIsFine(await sagas.RunAsync<TransitionSaga, TransitionData>(
            KeyOf(instance, how), new TransitionData(instance, state), WithoutMatch(how), ct).ConfigureAwait(false));

    // A repeat with the same idempotency key reaches the same saga.
    private static string KeyOf(InstanceId instance, AskOptions how) => $"{instance}-{StableHash.Of(how.Key.Value):x16}";

    private static AskOptions WithoutMatch(AskOptions how) => how with { ExpectedGeneration = null };

    private static StartData StartOf(CreateData made, VmmId vmm) => new()
    {
        Instance = made.Instance,
        Vmm = vmm,
        Project = made.Project,
        Silo = made.Silo,
        Cpus = made.Config.Cpus,
        MemoryBytes = made.Config.MemoryBytes,
        Hostname = made.Config.Hostname,
        CpuPlatform = made.Config.CpuPlatform,
    };

    private static StartData StartOf(InstanceRow row, VmmId vmm) => new()
    {
        Instance = row.Id,
        Vmm = vmm,
        Project = row.Project,
        Silo = row.Silo,
        Cpus = row.Cpus,
        MemoryBytes = row.MemoryBytes,
        Hostname = row.Hostname,
        CpuPlatform = row.CpuPlatform,
    };

    private static Outcome<Done> EndOf<TData>(SagaEnd<TData> end) where TData : class => end switch
    {
        SagaEnd<TData>.Completed => Accepted(),
        SagaEnd<TData>.Unwound unwound => new Outcome<Done>.Refused(unwound.Why),
        SagaEnd<TData>.Running running => new Outcome<Done>.Unknown($"it goes on at step {running.Step}"),
        SagaEnd<TData>.NotStarted not => not.Why,
        _ => throw Invariant.Unreachable("a saga has ended, goes on or did not start"),
    };

    // 202 promises no more than that the work goes on.
    private static Outcome<Done> StillGoingIsFine<TData>(SagaEnd<TData> end) where TData : class =>
        end is SagaEnd<TData>.Running ? Accepted() : EndOf(end);

    private static Outcome<Done>.Accepted Accepted() => new(Done.Instance, 0);

    private static Outcome<Done> Failed<T>(Outcome<T> outcome) where T : class => outcome switch
    {
        Outcome<T>.Refused refused => new Outcome<Done>.Refused(refused.Why),
        Outcome<T>.Overloaded overloaded => new Outcome<Done>.Overloaded(overloaded.RetryAfter),
        Outcome<T>.Unavailable unavailable => new Outcome<Done>.Unavailable(unavailable.RetryAfter),
        Outcome<T>.Unknown unknown => new Outcome<Done>.Unknown(unknown.Reason),
        _ => throw Invariant.Unreachable("an accepted outcome is no failure"),
    };
}
