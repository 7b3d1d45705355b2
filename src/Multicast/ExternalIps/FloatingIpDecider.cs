using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Floating IPs: a name within the project and an address within the fleet, both by claim. The right to be attached is a claim too: an instance
/// takes it when it attaches the address, the floating IP itself when it is deleted, and so neither happens to the other's loss.
/// </summary>
public sealed class FloatingIpDecider : IDecider<FloatingIpState, FloatingIpCommand, FloatingIpEvent>
{
    /// <summary>Claims of names, <c>project/name</c>.</summary>
    internal const string NameClaims = "floating-ip-name";

    /// <summary>Claims of the right to be attached, by id.</summary>
    internal const string AttachmentClaims = "floating-ip-attachment";

    /// <summary>Claims of addresses, by floating IPs and by instances for their ephemeral ones.</summary>
    internal const string AddressClaims = "external-ip-address";

    /// <summary>The kind <c>floating-ip</c>, key its id.</summary>
    internal static EntityKind Kind { get; } = EntityKind.Define<FloatingIpDecider, FloatingIpState, FloatingIpCommand, FloatingIpEvent>(
        "floating-ip",
        k => k
            .View(FloatingIpViews.Project)
            .OnReply((_, reply) => new FloatingIpCommand.ProjectAnswered(reply))
            .EndsWhen(s => s.Phase == FloatingIpPhase.Ended));

    /// <inheritdoc/>
    public static FloatingIpState Initial { get; } = new();

    /// <inheritdoc/>
    public static Decision<FloatingIpEvent> Decide(FloatingIpState state, FloatingIpCommand command, in Turn turn) => command switch
    {
        FloatingIpCommand.Create c => Create(state, c, turn),
        FloatingIpCommand.AskLease => state.Phase == FloatingIpPhase.Unborn
            ? Decision.Accept<FloatingIpEvent>(new HoldingReply(IsHeld: false), [new FloatingIpEvent.Ended()])
            : Decision.Unchanged<FloatingIpEvent>(new HoldingReply(state.Phase == FloatingIpPhase.Live)),
        FloatingIpCommand.Forget => state.Phase == FloatingIpPhase.Deleted
            ? Decision.Accept<FloatingIpEvent>(
                null, [new FloatingIpEvent.Ended()], [new Effect.Release(AttachmentClaims, state.Id.ToString())])
            : Decision.Unchanged<FloatingIpEvent>(),
        FloatingIpCommand.ProjectAnswered answer => answer.Reply is Reply.Refused && state.Phase == FloatingIpPhase.Live
            ? Delete(state)
            : Decision.Unchanged<FloatingIpEvent>(),
        _ when state.Phase != FloatingIpPhase.Live => Decision.Refuse<FloatingIpEvent>(ExternalIpErrors.NoSuchFloatingIp(turn.Self.Key)),
        FloatingIpCommand.Update c => Update(state, c, turn),
        FloatingIpCommand.Delete => Delete(state),
        _ => throw Invariant.Unreachable($"floating-ip has no command {command.GetType().Name}"),
    };

    /// <inheritdoc/>
    public static FloatingIpState Apply(FloatingIpState state, FloatingIpEvent fact) => fact switch
    {
        FloatingIpEvent.Created e => new FloatingIpState
        {
            Phase = FloatingIpPhase.Live,
            Id = e.Id,
            Silo = e.Silo,
            Project = e.Project,
            Name = e.Name,
            Description = e.Description,
            Address = e.Address,
            Pool = e.Pool,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        FloatingIpEvent.Updated e => state with
        {
            Name = e.Name,
            Description = e.Description,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        FloatingIpEvent.Deleted => state with { Phase = FloatingIpPhase.Deleted },
        FloatingIpEvent.Ended => state with { Phase = FloatingIpPhase.Ended },
        _ => state,
    };

    private static Decision<FloatingIpEvent> Create(FloatingIpState state, FloatingIpCommand.Create create, in Turn turn)
    {
        var id = new ExternalIpId(Guid.Parse(turn.Self.Key));
        if (state.Phase != FloatingIpPhase.Unborn)
        {
            return state.Phase == FloatingIpPhase.Live && state.Address == create.Address
                ? Decision.Unchanged<FloatingIpEvent>(new FloatingIpReply(FloatingIpViews.RowOf(state)))
                : Decision.Refuse<FloatingIpEvent>(ExternalIpErrors.Void(id));
        }

        var made = new FloatingIpEvent.Created(
            id, create.Silo, create.Project, create.Name, create.Description, create.Address, create.Pool, turn.Now);
        return Decision.Accept<FloatingIpEvent>(
            new FloatingIpReply(FloatingIpViews.RowOf(Apply(state, made))),
            [made],
            [
                new Effect.Claim(NameClaims, NameOf(create.Project, create.Name)),
                new Effect.Claim(AddressClaims, create.Address.ToString()),
                new Effect.Post(Addresses.IpPool(create.Pool), new PoolCommand.ConfirmLease(id, null, create.Address, create.Range)),
                new Effect.Post(Addresses.Project(create.Project), new AnnounceHolding(), ReplyToken: "project"),
            ]);
    }

    private static Decision<FloatingIpEvent> Update(FloatingIpState state, FloatingIpCommand.Update update, in Turn turn)
    {
        var updated = new FloatingIpEvent.Updated(update.Name ?? state.Name, update.Description ?? state.Description, turn.Now);
        if ((updated.Name, updated.Description) == (state.Name, state.Description))
        {
            return Decision.Unchanged<FloatingIpEvent>(new FloatingIpReply(FloatingIpViews.RowOf(state)));
        }

        return Decision.Accept<FloatingIpEvent>(
            new FloatingIpReply(FloatingIpViews.RowOf(Apply(state, updated))),
            [updated],
            updated.Name == state.Name
                ? []
                : [new Effect.Claim(NameClaims, NameOf(state.Project, updated.Name)), new Effect.Release(NameClaims, NameOf(state.Project, state.Name))]);
    }

    private static Decision<FloatingIpEvent> Delete(FloatingIpState state) => Decision.Accept<FloatingIpEvent>(
        null,
        [new FloatingIpEvent.Deleted()],
        [
            new Effect.Claim(AttachmentClaims, state.Id.ToString()),
            new Effect.Release(NameClaims, NameOf(state.Project, state.Name)),
            new Effect.Release(AddressClaims, state.Address.ToString()),
            new Effect.Post(Addresses.IpPool(state.Pool), new PoolCommand.EndLease(state.Id)),
            new Effect.SetTimer("forget", MulticastLimits.UnconfirmedFor, new FloatingIpCommand.Forget()),
        ]);

    private static string NameOf(ProjectId project, string name) => $"{project}/{name}";
}
