using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Commands of <c>affinity-group/&lt;id&gt;</c>.</summary>
public abstract record AffinityCommand;

/// <summary>Makes the group.</summary>
[Wire("affinity.create")]
public sealed record CreateAffinityGroup(
    ProjectId Project, SiloId Silo, string Name, string Description, bool IsAnti, string Policy) : AffinityCommand, ICommand<Done>;

/// <summary>Changes name and description; null leaves one alone.</summary>
[Wire("affinity.update")]
public sealed record UpdateAffinityGroup(string? Name, string? Description) : AffinityCommand, ICommand<Done>;

/// <summary>Deletes the group; its members stay where they are.</summary>
[Wire("affinity.delete"), Destructive]
public sealed record DeleteAffinityGroup : AffinityCommand, ICommand<Done>;

/// <summary>Takes an instance in. Again is fine.</summary>
[Wire("affinity.add-member")]
public sealed record AddAffinityMember(InstanceId Instance, string Name) : AffinityCommand, ICommand<Done>;

/// <summary>Lets an instance go. Again is fine.</summary>
[Wire("affinity.remove-member")]
public sealed record RemoveAffinityMember(InstanceId Instance) : AffinityCommand, ICommand<Done>;

/// <summary>Facts of an affinity group.</summary>
public abstract record AffinityEvent;

[Wire("affinity.created")]
internal sealed record AffinityCreated(
    ProjectId Project, SiloId Silo, string Name, string Description, bool IsAnti, string Policy, DateTimeOffset At) : AffinityEvent;

[Wire("affinity.updated")]
internal sealed record AffinityUpdated(string Name, string Description, DateTimeOffset At) : AffinityEvent;

[Wire("affinity.deleted")]
internal sealed record AffinityDeleted(DateTimeOffset At) : AffinityEvent;

[Wire("affinity.member-added")]
internal sealed record AffinityMemberAdded(InstanceId Instance) : AffinityEvent;

[Wire("affinity.member-removed")]
internal sealed record AffinityMemberRemoved(InstanceId Instance) : AffinityEvent;

/// <summary>An affinity or anti-affinity group with its members.</summary>
[Wire("affinity.state")]
public sealed record AffinityState : IHasGeneration
{
    public bool Exists { get; init; }

    public ProjectId Project { get; init; }

    public SiloId Silo { get; init; }

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public bool IsAnti { get; init; }

    public string Policy { get; init; } = "";

    public ImmutableArray<InstanceId> Members { get; init; } = [];

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public DateTimeOffset? TimeDeleted { get; init; }

    public long Generation { get; init; }

    internal bool IsLive => Exists && TimeDeleted is null;
}

/// <summary>What may happen to an affinity group (vmm 4.9).</summary>
internal sealed class AffinityDecider : IDecider<AffinityState, AffinityCommand, AffinityEvent>
{
    public static AffinityState Initial { get; } = new();

    public static Decision<AffinityEvent> Decide(AffinityState state, AffinityCommand command, in Turn turn)
    {
        if (command is CreateAffinityGroup create)
        {
            return Create(state, create, turn);
        }

        if (!state.IsLive)
        {
            return command is RemoveAffinityMember
                ? Decision.Unchanged<AffinityEvent>()
                : Decision.Refuse<AffinityEvent>(Refusal.NotFound("affinity group", turn.Self.Key));
        }

        return command switch
        {
            UpdateAffinityGroup update => Update(state, update, turn),
            DeleteAffinityGroup => Decision.Accept<AffinityEvent>(
                null, [new AffinityDeleted(turn.Now)], [new Effect.Release(Space(state.IsAnti), Claimed(state.Project, state.Name))]),
            AddAffinityMember add => Add(state, add),
            RemoveAffinityMember remove => state.Members.Contains(remove.Instance)
                ? Decision.Accept<AffinityEvent>(null, [new AffinityMemberRemoved(remove.Instance)])
                : Decision.Unchanged<AffinityEvent>(),
            _ => throw Invariant.Unreachable($"affinity-group has no command {command.GetType().Name}"),
        };
    }

    public static AffinityState Apply(AffinityState state, AffinityEvent fact) => fact switch
    {
        AffinityCreated e => state with
        {
            Exists = true, Project = e.Project, Silo = e.Silo, Name = e.Name, Description = e.Description, IsAnti = e.IsAnti, Policy = e.Policy,
            TimeCreated = e.At, TimeModified = e.At, Generation = 1,
        },
        AffinityUpdated e => state with { Name = e.Name, Description = e.Description, TimeModified = e.At, Generation = state.Generation + 1 },
        AffinityDeleted e => state with { TimeDeleted = e.At },
        AffinityMemberAdded e => state with { Members = state.Members.Add(e.Instance) },
        AffinityMemberRemoved e => state with { Members = state.Members.Remove(e.Instance) },
        _ => state,
    };

    public static ImmutableArray<ViewOp> Project(EntityAddress self, AffinityState before, AffinityEvent fact, AffinityState after) => fact switch
    {
        AffinityMemberAdded e => [InstanceViews.AffinityMembers.Upsert(
            $"{self.Key}.{e.Instance}", new AffinityMemberRow(Guid.Parse(self.Key), e.Instance, after.IsAnti, after.Policy))],
        AffinityMemberRemoved e => [InstanceViews.AffinityMembers.Delete($"{self.Key}.{e.Instance}")],
        AffinityDeleted =>
        [
            InstanceViews.AffinityGroups.Delete(self.Key),
            .. after.Members.Select(m => InstanceViews.AffinityMembers.Delete($"{self.Key}.{m}")),
        ],
        _ => [InstanceViews.AffinityGroups.Upsert(self.Key, RowOf(self, after))],
    };

    private static Decision<AffinityEvent> Create(AffinityState state, CreateAffinityGroup create, in Turn turn)
    {
        if (state.Exists || !Guid.TryParse(turn.Self.Key, out _))
        {
            return Decision.Refuse<AffinityEvent>(InstancesErrors.NameTaken(create.Name));
        }

        if (WhyNot(create.Name, create.Description) is { } why)
        {
            return Decision.Refuse<AffinityEvent>(why);
        }

        return create.Policy is "allow" or "fail"
            ? Decision.Accept<AffinityEvent>(
                null,
                [new AffinityCreated(create.Project, create.Silo, create.Name, create.Description, create.IsAnti, create.Policy, turn.Now)],
                [new Effect.Claim(Space(create.IsAnti), Claimed(create.Project, create.Name))])
            : Decision.Refuse<AffinityEvent>(InstancesErrors.BadPolicy(create.Policy));
    }

    private static Decision<AffinityEvent> Update(AffinityState state, UpdateAffinityGroup update, in Turn turn)
    {
        var name = update.Name ?? state.Name;
        var description = update.Description ?? state.Description;
        if (WhyNot(name, description) is { } why)
        {
            return Decision.Refuse<AffinityEvent>(why);
        }

        if (name == state.Name && description == state.Description)
        {
            return Decision.Unchanged<AffinityEvent>();
        }

        ImmutableArray<Effect> claims = name == state.Name
            ? []
            : [
                new Effect.Release(Space(state.IsAnti), Claimed(state.Project, state.Name)),
                new Effect.Claim(Space(state.IsAnti), Claimed(state.Project, name)),
            ];
        return Decision.Accept<AffinityEvent>(null, [new AffinityUpdated(name, description, turn.Now)], claims);
    }

    private static Decision<AffinityEvent> Add(AffinityState state, AddAffinityMember add)
    {
        if (state.Members.Contains(add.Instance))
        {
            return Decision.Refuse<AffinityEvent>(new Refusal(
                RefusalKind.AlreadyExists, "ObjectAlreadyExists", $"already exists: member \"{add.Name}\" of group \"{state.Name}\""));
        }

        return state.Members.Length >= InstancesLimits.AffinityMembersMax
            ? Decision.Refuse<AffinityEvent>(InstancesErrors.AffinityFull(state.Name))
            : Decision.Accept<AffinityEvent>(null, [new AffinityMemberAdded(add.Instance)]);
    }

    private static Refusal? WhyNot(string name, string description) => ObjectName.WhyNot(name) is { } why
        ? InstancesErrors.BadName(name, why)
        : description.Length > ObjectName.DescriptionLengthMax ? InstancesErrors.BadDescription(description.Length) : null;

    private static string Space(bool isAnti) => isAnti ? "anti-affinity-group-name" : "affinity-group-name";

    private static string Claimed(ProjectId project, string name) => $"{project}/{name}";

    private static AffinityGroupRow RowOf(EntityAddress self, AffinityState state) => new()
    {
        Id = Guid.Parse(self.Key),
        Name = state.Name,
        Description = state.Description,
        Project = state.Project,
        Silo = state.Silo,
        IsAnti = state.IsAnti,
        Policy = state.Policy,
        TimeCreated = state.TimeCreated,
        TimeModified = state.TimeModified,
        Generation = state.Generation,
    };
}
