using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Tells the VMMs of an instance which external addresses it got and lost since they were registered. A sled cannot be asked what it has, so what
/// is still to be told is in the rows. A VMM that is registered later has everything with its registration; one whose registration is under way
/// refuses until it is there, and is told then.
/// </summary>
internal sealed class ExternalIpReconciler(IViews views, IEntities entities, ISledPorts? ports, IRandomSource random) : IReconciler
{
    private const string Kind = "instance-external-ips";
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(10);

    public string Name => Reconcilers.ExternalIps;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(60),
        BackoffMax = TimeSpan.FromSeconds(10),
        TurnTimeout = TimeSpan.FromMinutes(2),
    };

    public ImmutableArray<NudgeRule> Nudges => ports is null ? [] : [new(Kind, entity => [entity.ToString()])];

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        var seen = new HashSet<InstanceId>();
        await foreach (var item in views.AllAsync(new ViewQuery<IpChangeRow>(IpChangeViews.Changes), ct).ConfigureAwait(false))
        {
            var address = Addresses.InstanceExternalIps(item.Row.Instance);
            if (ports is not null && shards.Contains(address) && seen.Add(item.Row.Instance))
            {
                yield return address.ToString();
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        var (changes, vmms) = await ReadAsync(key[(Kind.Length + 1)..], ct).ConfigureAwait(false);
        if (changes.IsEmpty)
        {
            return Reconciled.Done;
        }

        foreach (var (vmm, sled) in vmms)
        {
            // What is lost goes first: an address may come back as another object, and there is room for one ephemeral address of a version.
            foreach (var change in changes.OrderByDescending(c => c.IsGone))
            {
                var ip = new SledExternalIp(change.Ip.Address.ToString(), change.Ip.IsFloating);
                var port = ports!.For(sled.Id.ToString(), new Uri($"http://{sled.Address}")); // without them no key is listed
                var outcome = change.IsGone
                    ? await port.DetachExternalIpAsync(vmm.Value, ip, ct).ConfigureAwait(false)
                    : await port.AttachExternalIpAsync(vmm.Value, ip, ct).ConfigureAwait(false);
                if (outcome is not DeviceOutcome<NoContent>.Answered)
                {
                    return Reconciled.Retry($"{(change.IsGone ? "detach" : "attach")} {ip.Address} at VMM {vmm} on sled {sled.Serial}: {outcome.Describe()}");
                }
            }
        }

        var how = new AskOptions { Key = CommandKey.Fresh(random), Deadline = s_deadline, Caller = Principal.Reconciler(Name) };
        var told = await entities.AskAsync(EntityAddress.Parse(key), new InstanceIpsCommand.RecordTold(changes), how, ct).ConfigureAwait(false);
        return told is Outcome<Done>.Accepted ? Reconciled.Done : Reconciled.Retry($"what was told is not recorded: {told}");
    }

    // One commit: a VMM that is not among these is registered after it, with the addresses of then.
    private async ValueTask<(ImmutableArray<IpChange> Changes, ImmutableArray<(VmmId Vmm, SledRow Sled)> Vmms)> ReadAsync(string instance, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var changes = await snapshot.ListAsync(
                new ViewQuery<IpChangeRow>(IpChangeViews.Changes).WhereEqual("instance", instance), ct).ConfigureAwait(false);
            var row = changes.Length == 0 ? null : (await snapshot.GetAsync(InstanceViews.Instances, instance, ct).ConfigureAwait(false))?.Row;
            var vmms = ImmutableArray.CreateBuilder<(VmmId Vmm, SledRow Sled)>();
            foreach (var id in new[] { row?.ActiveVmm, row?.TargetVmm }.OfType<VmmId>().Distinct())
            {
                if ((await snapshot.GetAsync(InstanceViews.Vmms, id.ToString(), ct).ConfigureAwait(false))?.Row is { State: not ("destroyed" or "failed" or "saga_unwound") } vmm
                    && (await snapshot.GetAsync(InventoryViews.Sleds, vmm.Sled.ToString(), ct).ConfigureAwait(false))?.Row is { Policy: not "expunged" } sled)
                {
                    vmms.Add((id, sled));
                }
            }

            return ([.. changes.Select(c => c.Row.Change)], vmms.ToImmutable());
        }
    }
}
