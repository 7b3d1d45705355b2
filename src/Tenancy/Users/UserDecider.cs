using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Users: who they are, what they may, and how they prove it.</summary>
internal sealed class UserDecider : IDecider<UserState, UserCommand, UserEvent>
{
    public const string NameSpace = "user-name";
    public const string PrefixSpace = "token-prefix";

    public static UserState Initial { get; } = new();

    public static Decision<UserEvent> Decide(UserState state, UserCommand command, in Turn turn)
    {
        if (command is CreateUser create)
        {
            return Create(state, create, turn);
        }

        if (!state.Exists || state.IsDeleted)
        {
            return command is UserCommand.SiloAnswered
                ? Decision.Unchanged<UserEvent>()
                : Decision.Refuse<UserEvent>(TenancyErrors.UserUnknown(turn.Self.Key));
        }

        return command switch
        {
            SetFleetRole set => Change(state.FleetRole, set.Role, Roles.WhyNotFleet(set.Role), new FleetRoleSet(set.Role)),
            SetSiloRole set => Change(state.SiloRole, set.Role, Roles.WhyNot("a silo", set.Role), new SiloRoleSet(set.Role)),
            SetProjectRole set => Change(
                state.ProjectRoles.GetValueOrDefault(set.Project), set.Role, WhyNot(state, set), new ProjectRoleSet(set.Project, set.Role)),
            AddToken add => Add(state, add, turn),
            RevokeToken revoke => Revoke(state, revoke.Token),
            RevokeAllTokens => RevokeAll(state),
            UserCommand.SiloAnswered said => said.Answer is Reply.Refused ? Delete(state, turn) : Decision.Unchanged<UserEvent>(),
            DeleteUser => Delete(state, turn),
            _ => throw Invariant.Unreachable($"user has no command {command.GetType().Name}"),
        };
    }

    public static UserState Apply(UserState state, UserEvent fact) => fact switch
    {
        UserCreated e => state with
        {
            Exists = true,
            Id = e.User,
            Silo = e.Silo,
            Name = e.Name,
            FleetRole = e.FleetRole,
            SiloRole = e.SiloRole,
            TimeCreated = e.At,
        },
        FleetRoleSet e => state with { FleetRole = e.Role },
        SiloRoleSet e => state with { SiloRole = e.Role },
        ProjectRoleSet e => state with
        {
            ProjectRoles = e.Role is { } role ? state.ProjectRoles.SetItem(e.Project, role) : state.ProjectRoles.Remove(e.Project),
        },
        TokenAdded e => state with { Tokens = state.Tokens.SetItem(e.Token, new Token(e.Hash, e.At, e.TimeExpires)) },
        TokenRevoked e => state with { Tokens = state.Tokens.Remove(e.Token) },
        UserDeleted => state with { IsDeleted = true, Tokens = state.Tokens.Clear() },
        _ => state,
    };

    private static Decision<UserEvent> Create(UserState state, CreateUser create, in Turn turn)
    {
        if (state.IsDeleted)
        {
            return Decision.Refuse<UserEvent>(TenancyErrors.UserUnknown(turn.Self.Key));
        }

        if (state.Exists)
        {
            return state.Name == create.Name && state.Silo == create.Silo
                ? Decision.Unchanged<UserEvent>()
                : Decision.Refuse<UserEvent>(TenancyErrors.Exists("user", state.Name));
        }

        if (!Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<UserEvent>(TenancyErrors.UserUnknown(turn.Self.Key));
        }

        var why = Names.WhyNot("user", create.Name, "")
            ?? Roles.WhyNotFleet(create.FleetRole) ?? Roles.WhyNot("a silo", create.SiloRole);
        return why is not null
            ? Decision.Refuse<UserEvent>(why)
            : Decision.Accept<UserEvent>(
                null,
                [new UserCreated(UserId.From(id), create.Silo, create.Name, create.FleetRole, create.SiloRole, turn.Now)],
                [new Effect.Claim(NameSpace, $"{create.Silo}/{create.Name}"), new Effect.Post(Addresses.Silo(create.Silo), new AskStanding(), ReplyToken: "silo")]);
    }

    private static Decision<UserEvent> Change(string? present, string? wanted, Refusal? why, UserEvent fact)
    {
        if (why is not null)
        {
            return Decision.Refuse<UserEvent>(why);
        }

        return present == wanted ? Decision.Unchanged<UserEvent>() : Decision.Accept<UserEvent>(null, [fact]);
    }

    private static Refusal? WhyNot(UserState state, SetProjectRole set)
    {
        var isFull = set.Role is not null && !state.ProjectRoles.ContainsKey(set.Project)
            && state.ProjectRoles.Count >= TenancyLimits.ProjectRolesPerUserMax;
        return isFull
            ? TenancyErrors.TooManyRoles(state.Name, TenancyLimits.ProjectRolesPerUserMax)
            : Roles.WhyNot("a project", set.Role);
    }

    private static Decision<UserEvent> Add(UserState state, AddToken add, in Turn turn)
    {
        var former = state.Tokens.GetValueOrDefault(add.Token);
        if (former is not null && former.Hash == add.Hash && former.TimeExpires == add.TimeExpires)
        {
            return Decision.Unchanged<UserEvent>();
        }

        if (former is null && state.Tokens.Count >= TenancyLimits.TokensPerUserMax)
        {
            return Decision.Refuse<UserEvent>(TenancyErrors.TooManyTokens(state.Name, TenancyLimits.TokensPerUserMax));
        }

        ImmutableArray<Effect> effects = [new Effect.Claim(PrefixSpace, add.Hash.Prefix)];
        return Decision.Accept<UserEvent>(
            null,
            [new TokenAdded(add.Token, add.Hash, turn.Now, add.TimeExpires)],
            former is null ? effects : effects.Insert(0, new Effect.Release(PrefixSpace, former.Hash.Prefix)));
    }

    private static Decision<UserEvent> Revoke(UserState state, TokenId token) => state.Tokens.TryGetValue(token, out var held)
        ? Decision.Accept<UserEvent>(null, [new TokenRevoked(token)], [new Effect.Release(PrefixSpace, held.Hash.Prefix)])
        : Decision.Refuse<UserEvent>(TenancyErrors.TokenUnknown(token.ToString()));

    private static Decision<UserEvent> RevokeAll(UserState state) => state.Tokens.IsEmpty
        ? Decision.Unchanged<UserEvent>()
        : Decision.Accept<UserEvent>(null, [.. state.Tokens.Keys.Select(t => (UserEvent)new TokenRevoked(t))], PrefixesOf(state));

    private static Decision<UserEvent> Delete(UserState state, in Turn turn) => Decision.Accept<UserEvent>(
        null,
        [new UserDeleted(turn.Now)],
        [new Effect.Release(NameSpace, $"{state.Silo}/{state.Name}"), .. PrefixesOf(state)]);

    private static ImmutableArray<Effect> PrefixesOf(UserState state) =>
        [.. state.Tokens.Values.Select(t => (Effect)new Effect.Release(PrefixSpace, t.Hash.Prefix))];
}
