using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Finds underlay addresses for groups that were made while all 256 of theirs were held (multicast 6.2): tried with every turn until one is free.
/// </summary>
internal sealed class UnderlayLinker(IViews views, IEntities entities, IRandomSource random, MulticastMetrics metrics)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Whether a group of the world has an address now that had none: then the world is to be read again.</summary>
    public async ValueTask<bool> LinkAsync(DesiredWorld world, CancellationToken ct)
    {
        var isAnyLinked = false;
        foreach (var group in world.Document.Groups.Where(g => g.Kind == DesiredKind.Unlinked))
        {
            isAnyLinked |= await LinkAsync(group, ct).ConfigureAwait(false);
        }

        return isAnyLinked;
    }

    // Another group may be faster with the same address: then this one has the next turn.
    private async ValueTask<bool> LinkAsync(DesiredGroup group, CancellationToken ct)
    {
        if (await views.FreeSaltAsync(group.Address, ct).ConfigureAwait(false) is not { } salt)
        {
            return false;
        }

        if (salt > 0)
        {
            metrics.Collided();
        }

        var options = new AskOptions
        {
            Key = CommandKey.Fresh(random),
            Deadline = Deadline,
            Caller = Principal.Reconciler(Reconcilers.Multicast),
        };
        return await entities.AskAsync(
            Addresses.MulticastGroup(group.Id), new GroupCommand.LinkUnderlay(salt), options, ct).ConfigureAwait(false) is Outcome<Done>.Accepted;
    }
}
