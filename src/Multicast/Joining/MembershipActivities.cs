using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What all three activities have in common: an uncertain outcome is a throw, hence another try with the same token.</summary>
internal static class ActivityOutcomes
{
    public static Reply ToReply<T>(this Outcome<T> outcome, Func<T, object> reply) where T : class => outcome switch
    {
        Outcome<T>.Accepted accepted => new Reply.Accepted(reply(accepted.Value)),
        Outcome<T>.Refused { Why.Kind: RefusalKind.Unavailable } refused => throw new ActivityNotDoneException(refused.Why.Message),
        Outcome<T>.Refused refused => new Reply.Refused(refused.Why),
        _ => throw new ActivityNotDoneException(outcome.ToString()),
    };
}

/// <summary>The activity could not be finished and is tried again.</summary>
internal sealed class ActivityNotDoneException(string message) : Exception(message);

/// <summary>Joins one group for an instance that is being created. With multicast off nothing is done, which is accepted.</summary>
internal sealed class JoinActivity(MembershipService service) : IActivity
{
    public string Name => MulticastActivities.Join;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        if (!service.IsEnabled)
        {
            return new Reply.Accepted(Done.Instance);
        }

        var join = (JoinForInstance)input;
        if (JoinWish.TryParse(join.Group, join.Sources, join.IpVersion, out var wish) is { } refusal)
        {
            return new Reply.Refused(refusal);
        }

        var outcome = await service.JoinAsync(new JoinRequest(join.Instance, join.Silo, wish!, join.Caller), ct).ConfigureAwait(false);
        return outcome.ToReply(member => new JoinedForInstance(member.Group, member.Id));
    }
}

/// <summary>Takes one join back.</summary>
internal sealed class UndoJoinActivity(MembershipService service) : IActivity
{
    public string Name => MulticastActivities.Undo;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var undo = (UndoJoin)input;
        var outcome = await service.UndoAsync(
            undo.Instance, undo.Group, Principal.Entity(Addresses.Instance(undo.Instance)), ct).ConfigureAwait(false);
        return outcome.ToReply(done => done);
    }
}

/// <summary>Replaces an instance's memberships.</summary>
internal sealed class ReplaceActivity(MembershipService service) : IActivity
{
    public string Name => MulticastActivities.Replace;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var replace = (ReplaceMemberships)input;
        var wishes = ImmutableArray.CreateBuilder<JoinWish>();
        foreach (var entry in replace.Wanted)
        {
            if (JoinWish.TryParse(entry.Group, entry.Sources, entry.IpVersion, out var wish) is { } refusal)
            {
                return service.IsEnabled ? new Reply.Refused(refusal) : new Reply.Accepted(Done.Instance);
            }

            wishes.Add(wish!); // read without a refusal
        }

        var caller = replace.Wanted.Select(w => w.Caller).FirstOrDefault() ?? Principal.Entity(Addresses.Instance(replace.Instance));
        var outcome = await service.ReplaceAsync(
            replace.Instance, replace.Silo, wishes.ToImmutable(), caller, ct).ConfigureAwait(false);
        return outcome.ToReply(done => done);
    }
}
