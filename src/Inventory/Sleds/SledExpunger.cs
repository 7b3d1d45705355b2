using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>
/// Says that a sled is gone for good (vmm 7): only when the quorum lets it go; then the watcher gives its VMMs up. Thread-safe.
/// </summary>
public sealed class SledExpunger(IEntities entities)
{
    private const string NoSuchKind = "UnknownKind";

    /// <summary>Answers with the previous policy, without waiting for instances. Repeating it is success.</summary>
    public async ValueTask<Outcome<SledWasExpunged>> ExpungeAsync(SledRow sled, AskOptions how, CancellationToken ct)
    {
        var confirm = new ConfirmNotMember(new BaseboardId(sled.Part, sled.Serial));
        var asked = await entities.AskAsync(
            Addresses.TqConfig(sled.Rack), confirm, how with { ExpectedGeneration = null, Key = new CommandKey($"{how.Key.Value}:member") }, ct)
            .ConfigureAwait(false);
        switch (asked)
        {
            case Outcome<Done>.Accepted or Outcome<Done>.Refused { Why.Code: NoSuchKind }:
                break; // a host without the quorum area has no members
            case Outcome<Done>.Refused refused:
                return new Outcome<SledWasExpunged>.Refused(refused.Why);
            case Outcome<Done>.Overloaded overloaded:
                return new Outcome<SledWasExpunged>.Overloaded(overloaded.RetryAfter);
            case Outcome<Done>.Unavailable unavailable:
                return new Outcome<SledWasExpunged>.Unavailable(unavailable.RetryAfter);
            default:
                return new Outcome<SledWasExpunged>.Unknown("it is not known whether the quorum lets the sled go; nothing was expunged");
        }

        return await entities.AskAsync(Addresses.Sled(sled.Id), new ExpungeSled(), how, ct).ConfigureAwait(false);
    }
}
