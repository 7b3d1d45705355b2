using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Once per life of the process, after a full turn: members whose rows are not what their instances' rows ask for are told again what the
/// instance's own record knows, and groups that wait for a timer are looked at. What was said while the feature was off came to nothing
/// (<see cref="SleepingGroupDecider"/>); that is made good here. Harmless when run twice, and when nothing was missed.
/// </summary>
internal sealed class MemberRecall(IViews views, IEntities entities, IRandomSource random, TimeProvider time)
{
    private const int AtOnce = 16;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private int _stage = (int)Stage.Due;

    private enum Stage
    {
        Due,
        Running,
        Over,
    }

    /// <summary>Does it if it was not done yet; what one group or instance did not take is tried again at the next full turn.</summary>
    public async ValueTask RunAsync(CancellationToken ct)
    {
        if (Interlocked.CompareExchange(ref _stage, (int)Stage.Running, (int)Stage.Due) != (int)Stage.Due)
        {
            return;
        }

        var isWhole = false;
        try
        {
            isWhole = await TryAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _stage, (int)(isWhole ? Stage.Over : Stage.Due));
        }
    }

    private async ValueTask<bool> TryAsync(CancellationToken ct)
    {
        var (members, groups) = await ReadAsync(ct).ConfigureAwait(false);
        var isWhole = true;
        foreach (var some in members.Chunk(AtOnce))
        {
            var taken = await Task.WhenAll(some.Select(m => RetellAsync(m, ct))).ConfigureAwait(false);
            isWhole &= taken.All(t => t);
        }

        foreach (var some in members.Select(m => m.Group).Distinct().Chunk(AtOnce))
        {
            var taken = await Task.WhenAll(some.Select(g => TellAsync(g, new GroupCommand.Settle(), ct))).ConfigureAwait(false);
            isWhole &= taken.All(t => t);
        }

        foreach (var some in groups.Chunk(AtOnce))
        {
            var taken = await Task.WhenAll(some.Select(g => EndAsync(g, ct))).ConfigureAwait(false);
            isWhole &= taken.All(t => t);
        }

        return isWhole;
    }

    // Members that are not at rest, and the groups that a timer was to end: without members, or explicit ones (only they know that they end).
    private async ValueTask<(List<MulticastMemberRow> Members, List<MulticastGroupRow> Groups)> ReadAsync(CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var members = await snapshot.ListAsync(new ViewQuery<MulticastMemberRow>(GroupViews.Members), ct).ConfigureAwait(false);
            var groups = await snapshot.ListAsync(new ViewQuery<MulticastGroupRow>(GroupViews.Groups), ct).ConfigureAwait(false);
            var instances = new Dictionary<InstanceId, SledId?>();
            await foreach (var item in snapshot.AllAsync(new ViewQuery<InstanceRow>(InstanceViews.Instances), ct).ConfigureAwait(false))
            {
                if (InstanceFacts.IsValidState(item.Row.State))
                {
                    instances.Add(item.Row.Id, item.Row.Sled);
                }
            }

            var held = members.Select(m => m.Row.Group).ToHashSet();
            return (
                [.. members.Select(m => m.Row).Where(m => !IsAtRest(m, instances))],
                [.. groups.Select(g => g.Row).Where(g => g.Explicit is not null || !held.Contains(g.Id))]);
        }
    }

    private static bool IsAtRest(MulticastMemberRow member, Dictionary<InstanceId, SledId?> running) =>
        running.TryGetValue(member.Instance, out var sled)
            ? member.State == MemberState.Joined && member.Sled == sled
            : member.State == MemberState.Left;

    // Room that is asked for twice is had once, and is checked with the group: a member that left meanwhile leaves nothing behind.
    private async Task<bool> RetellAsync(MulticastMemberRow member, CancellationToken ct)
    {
        var own = await entities.AskAsync(
            Addresses.InstanceMulticast(member.Instance), new MembershipCommand.Reserve(member.Group, Facts: null), Options(), ct).ConfigureAwait(false);
        return own switch
        {
            Outcome<ReservedReply>.Accepted known =>
                await TellAsync(member.Group, new GroupCommand.InstanceMoved(member.Instance, known.Value.Facts), ct).ConfigureAwait(false),
            Outcome<ReservedReply>.Refused { Why.Code: MulticastErrors.InstanceIsGone } =>
                await TellAsync(member.Group, new GroupCommand.InstanceGone(member.Instance), ct).ConfigureAwait(false),
            _ => false,
        };
    }

    // A group without members that is young may be waited for by its first one still (FIX-8).
    private async Task<bool> EndAsync(MulticastGroupRow group, CancellationToken ct) => group.Explicit is not null
        ? await TellAsync(group.Id, new GroupCommand.EndMore(), ct).ConfigureAwait(false)
        : time.GetUtcNow() > group.TimeCreated + MulticastLimits.OrphanGrace
            && await TellAsync(group.Id, new GroupCommand.Sweep(), ct).ConfigureAwait(false);

    private async Task<bool> TellAsync(GroupId group, ICommand<Done> command, CancellationToken ct) =>
        await entities.AskAsync(Addresses.MulticastGroup(group), command, Options(), ct).ConfigureAwait(false) is Outcome<Done>.Accepted;

    private AskOptions Options() => new()
    {
        Key = CommandKey.Fresh(random),
        Deadline = Deadline,
        Caller = Principal.Reconciler(Reconcilers.Multicast),
    };
}
