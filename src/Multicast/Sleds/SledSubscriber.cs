using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Subscribes the VMMs of joined members and takes back what nobody wants any more (multicast 8.2). What a sled may have been told is stored first,
/// and the store forgets it only after the sled was told otherwise or the VMM is gone.
/// </summary>
internal sealed class SledSubscriber(IViews views, IEntities entities, IRandomSource random)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    /// <summary>What the sled may have been told, with the sources it was last told; null: to be told again.</summary>
    public async ValueTask<Dictionary<(Guid Vmm, string Group), string?>> KnownAsync(SledId sled, CancellationToken ct)
    {
        var known = new Dictionary<(Guid Vmm, string Group), string?>();
        var query = new ViewQuery<SledSubscriptionRow>(SledSubscriptionsDecider.View).WhereEqual("sled", sled.ToString());
        await foreach (var item in views.AllAsync(query, ct).ConfigureAwait(false))
        {
            known[(item.Row.Vmm, item.Row.Group)] = null;
        }

        return known;
    }

    /// <summary>Tells the sled what changed. The first thing that fails, or null; what failed is tried again by the next turn.</summary>
    public async ValueTask<string?> RunAsync(
        ISledMulticastPort port, SledId sled, Dictionary<(Guid Vmm, string Group), string?> told, IEnumerable<SledSubscription> wanted, CancellationToken ct)
    {
        var all = wanted.ToDictionary(w => (w.Vmm, w.Group));
        string? error = null;
        foreach (var gone in told.Keys.Where(k => !all.ContainsKey(k)).ToList())
        {
            if (await EndAsync(port, sled, gone, ct).ConfigureAwait(false) is { } why)
            {
                error ??= $"unsubscribe {gone.Vmm} from {gone.Group}: {why}";
            }
            else
            {
                told.Remove(gone);
            }
        }

        foreach (var (key, subscription) in all.Where(w => told.GetValueOrDefault(w.Key) != w.Value.Text))
        {
            if (await BeginAsync(port, subscription, told.ContainsKey(key), ct).ConfigureAwait(false) is { } why)
            {
                error ??= $"subscribe {key.Vmm} to {key.Group}: {why}";
            }
            else
            {
                told[key] = subscription.Text;
            }
        }

        return error;
    }

    /// <summary>Nobody will answer for the sled any more: what it was told is forgotten.</summary>
    public async ValueTask ForgetAsync(SledId sled, CancellationToken ct)
    {
        foreach (var (vmm, group) in (await KnownAsync(sled, ct).ConfigureAwait(false)).Keys)
        {
            await AskAsync(sled, new SledSubscriptionsCommand.TakeBack(vmm, group), ct).ConfigureAwait(false);
        }
    }

    private async ValueTask<string?> BeginAsync(ISledMulticastPort port, SledSubscription wanted, bool isNoted, CancellationToken ct)
    {
        if (!isNoted && await AskAsync(wanted.Sled, new SledSubscriptionsCommand.Note(wanted.Vmm, wanted.Group), ct).ConfigureAwait(false) is { } why)
        {
            return why;
        }

        var joined = await port.SubscribeAsync(wanted.Vmm, new SledMulticastMembership(wanted.Group, wanted.Sources), ct).ConfigureAwait(false);
        return joined is DeviceOutcome<NoContent>.Answered ? null : joined.Describe();
    }

    private async ValueTask<string?> EndAsync(ISledMulticastPort port, SledId sled, (Guid Vmm, string Group) gone, CancellationToken ct)
    {
        // A VMM that is on no record took its subscriptions with it. One that is on record is told until its sled takes it: that a sled does not
        // know it yet, or any more, looks like any other failure.
        if (await views.GetAsync(InstanceViews.Vmms, gone.Vmm.ToString(), ct).ConfigureAwait(false) is { } vmm && vmm.Row.Sled == sled)
        {
            var left = await port.UnsubscribeAsync(gone.Vmm, gone.Group, ct).ConfigureAwait(false);
            if (left is not (DeviceOutcome<NoContent>.Answered or DeviceOutcome<NoContent>.Rejected { Status: < 500 }))
            {
                return left.Describe();
            }
        }

        return await AskAsync(sled, new SledSubscriptionsCommand.TakeBack(gone.Vmm, gone.Group), ct).ConfigureAwait(false);
    }

    private async ValueTask<string?> AskAsync(SledId sled, ICommand<Done> command, CancellationToken ct)
    {
        var how = new AskOptions { Key = CommandKey.Fresh(random), Deadline = s_deadline, Caller = Principal.Reconciler(Reconcilers.MulticastSleds) };
        return await entities.AskAsync(SledSubscriptionsDecider.AddressOf(sled), command, how, ct).ConfigureAwait(false) switch
        {
            Outcome<Done>.Accepted => null,
            Outcome<Done>.Refused refused => refused.Why.Message,
            var outcome => $"it could not be stored: {outcome.GetType().Name.ToLowerInvariant()}",
        };
    }
}
