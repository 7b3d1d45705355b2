using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Networks: a name within the project and a network id within the fleet, both by claim.</summary>
public sealed class VpcDecider : IDecider<VpcState, VpcCommand, VpcEvent>
{
    /// <summary>Claims of names, <c>project/name</c>.</summary>
    internal const string NameClaims = "vpc-name";

    /// <summary>Claims of network ids.</summary>
    internal const string VniClaims = "vpc-vni";

    /// <summary>The kind <c>vpc</c>, key network id.</summary>
    internal static EntityKind Kind { get; } = EntityKind.Define<VpcDecider, VpcState, VpcCommand, VpcEvent>(
        "vpc",
        k => k
            .View(VpcViews.Project)
            .OnReply((_, reply) => new VpcCommand.ProjectAnswered(reply))
            .EndsWhen(s => s.IsDeleted));

    /// <inheritdoc/>
    public static VpcState Initial { get; } = new();

    /// <inheritdoc/>
    public static Decision<VpcEvent> Decide(VpcState state, VpcCommand command, in Turn turn)
    {
        if (command is VpcCommand.Create create)
        {
            return Create(state, create, turn);
        }

        if (!state.IsLive)
        {
            return command is VpcCommand.ProjectAnswered
                ? Decision.Unchanged<VpcEvent>()
                : Decision.Refuse<VpcEvent>(Refusal.NotFound("vpc", turn.Self.Key));
        }

        return command switch
        {
            VpcCommand.Update update => Update(state, update, turn),
            VpcCommand.Delete => Delete(state, turn),
            VpcCommand.ProjectAnswered answer => answer.Reply is Reply.Refused ? Delete(state, turn) : Decision.Unchanged<VpcEvent>(),
            _ => throw Invariant.Unreachable($"vpc has no command {command.GetType().Name}"),
        };
    }

    /// <inheritdoc/>
    public static VpcState Apply(VpcState state, VpcEvent fact) => fact switch
    {
        VpcEvent.Created e => new VpcState
        {
            IsLive = true,
            Id = e.Id,
            Silo = e.Silo,
            Project = e.Project,
            Name = e.Name,
            Description = e.Description,
            DnsName = e.DnsName,
            Vni = e.Vni,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        VpcEvent.Updated e => state with
        {
            Name = e.Name,
            Description = e.Description,
            DnsName = e.DnsName,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        VpcEvent.Deleted => state with { IsLive = false, IsDeleted = true },
        _ => state,
    };

    private static Decision<VpcEvent> Create(VpcState state, VpcCommand.Create create, in Turn turn)
    {
        if (state.IsLive || state.IsDeleted)
        {
            return Decision.Refuse<VpcEvent>(MulticastErrors.VpcNameTaken(create.Name));
        }

        var made = new VpcEvent.Created(
            new VpcId(Guid.Parse(turn.Self.Key)),
            create.Silo,
            create.Project,
            create.Name,
            create.Description,
            create.DnsName,
            create.Vni,
            turn.Now);
        return Decision.Accept<VpcEvent>(
            new VpcReply(VpcViews.RowOf(Apply(state, made))),
            [made],
            [
                new Effect.Claim(NameClaims, NameOf(create.Project, create.Name)),
                new Effect.Claim(VniClaims, VniOf(create.Vni)),
                new Effect.Post(Addresses.Project(create.Project), new AnnounceHolding(), ReplyToken: "project"),
            ]);
    }

    private static Decision<VpcEvent> Update(VpcState state, VpcCommand.Update update, in Turn turn)
    {
        var updated = new VpcEvent.Updated(
            update.Name ?? state.Name, update.Description ?? state.Description, update.DnsName ?? state.DnsName, turn.Now);
        if ((updated.Name, updated.Description, updated.DnsName) == (state.Name, state.Description, state.DnsName))
        {
            return Decision.Unchanged<VpcEvent>(new VpcReply(VpcViews.RowOf(state)));
        }

        return Decision.Accept<VpcEvent>(
            new VpcReply(VpcViews.RowOf(Apply(state, updated))),
            [updated],
            updated.Name == state.Name
                ? []
                : [new Effect.Claim(NameClaims, NameOf(state.Project, updated.Name)), new Effect.Release(NameClaims, NameOf(state.Project, state.Name))]);
    }

    private static Decision<VpcEvent> Delete(VpcState state, in Turn turn) => Decision.Accept<VpcEvent>(
        Done.Instance,
        [new VpcEvent.Deleted(turn.Now)],
        [new Effect.Release(NameClaims, NameOf(state.Project, state.Name)), new Effect.Release(VniClaims, VniOf(state.Vni))]);

    private static string NameOf(ProjectId project, string name) => $"{project}/{name}";

    private static string VniOf(int vni) => vni.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
