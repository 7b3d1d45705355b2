using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Projects: a name within the silo, and the instances that keep them from being deleted.</summary>
internal sealed class ProjectDecider : IDecider<ProjectState, ProjectCommand, ProjectEvent>
{
    public const string NameSpace = "project-name";

    public static ProjectState Initial { get; } = new();

    public static Decision<ProjectEvent> Decide(ProjectState state, ProjectCommand command, in Turn turn)
    {
        if (command is CreateProject create)
        {
            return Create(state, create, turn);
        }

        if (!state.Exists || state.IsDeleted)
        {
            // Giving back what is not there is success, or an unwinding saga would never end.
            return command is ProjectCommand.Dismiss or ProjectCommand.Release or ProjectCommand.SiloAnswered
                ? Decision.Unchanged<ProjectEvent>()
                : Decision.Refuse<ProjectEvent>(TenancyErrors.ProjectUnknown(turn.Self.Key));
        }

        return command switch
        {
            UpdateProject update => Update(state, update, turn),
            DeleteProject delete => Delete(state, turn, delete.HoldingCount),
            ProjectCommand.NoteHolding => Decision.Accept<ProjectEvent>(null, [new HoldingNoted()]),
            ProjectCommand.Admit admit => Admit(state, admit.Wanted.Instance),
            ProjectCommand.Dismiss dismiss => Dismiss(state, dismiss.Wanted.Instance),
            ProjectCommand.Charge charge => Charge(state, charge.Wanted),
            ProjectCommand.SiloAnswered said => SiloAnswered(state, said.Answer, turn),
            ProjectCommand.Release release => Release(state, release.Wanted),
            _ => throw Invariant.Unreachable($"project has no command {command.GetType().Name}"),
        };
    }

    public static ProjectState Apply(ProjectState state, ProjectEvent fact) => fact switch
    {
        ProjectCreated e => state with
        {
            Exists = true,
            Id = e.Project,
            Silo = e.Silo,
            Name = e.Name,
            Description = e.Description,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        ProjectUpdated e => state with
        {
            Name = e.Name,
            Description = e.Description,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        ProjectDeleted => state with { IsDeleted = true },
        HoldingNoted => state with { HoldingCount = state.HoldingCount + 1 },
        InstanceAdmitted e => state with { Instances = state.Instances.Add(e.Instance) },
        InstanceDismissed e => state with { Instances = state.Instances.Remove(e.Instance), Quota = state.Quota.Release(e.Instance, null) },
        ProjectQuotaCharged e => state with { Quota = state.Quota.Charge(e.Instance, e.Vmm, e.Cpus, e.MemoryBytes) },
        ProjectQuotaReleased e => state with { Quota = state.Quota.Release(e.Instance, e.Vmm) },
        _ => state,
    };

    private static string NameClaim(SiloId silo, string name) => $"{silo}/{name}";

    private static Decision<ProjectEvent> Create(ProjectState state, CreateProject create, in Turn turn)
    {
        if (state.IsDeleted || !Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<ProjectEvent>(TenancyErrors.ProjectUnknown(turn.Self.Key));
        }

        if (state.Exists)
        {
            return state.Name == create.Name && state.Silo == create.Silo
                ? Decision.Unchanged<ProjectEvent>()
                : Decision.Refuse<ProjectEvent>(TenancyErrors.Exists("project", state.Name));
        }

        return Names.WhyNot("project", create.Name, create.Description) is { } why
            ? Decision.Refuse<ProjectEvent>(why)
            : Decision.Accept<ProjectEvent>(
                null,
                [new ProjectCreated(ProjectId.From(id), create.Silo, create.Name, create.Description, turn.Now)],
                [new Effect.Claim(NameSpace, NameClaim(create.Silo, create.Name)), new Effect.Post(Addresses.Silo(create.Silo), new AskStanding(), ReplyToken: "silo")]);
    }

    // An instance that got in meanwhile keeps the project: it is found by its owner, and deleting it lets the project go.
    private static Decision<ProjectEvent> SiloAnswered(ProjectState state, Reply answer, in Turn turn) =>
        answer is Reply.Refused && state.Instances.IsEmpty ? Delete(state, turn, null) : Decision.Unchanged<ProjectEvent>();

    private static Decision<ProjectEvent> Update(ProjectState state, UpdateProject update, in Turn turn)
    {
        var name = update.Name ?? state.Name;
        var description = update.Description ?? state.Description;
        if (Names.WhyNot("project", name, description) is { } why)
        {
            return Decision.Refuse<ProjectEvent>(why);
        }

        if (name == state.Name)
        {
            return description == state.Description
                ? Decision.Unchanged<ProjectEvent>()
                : Decision.Accept<ProjectEvent>(null, [new ProjectUpdated(name, description, turn.Now)]);
        }

        return Decision.Accept<ProjectEvent>(
            null,
            [new ProjectUpdated(name, description, turn.Now)],
            [
                new Effect.Release(NameSpace, NameClaim(state.Silo, state.Name)),
                new Effect.Claim(NameSpace, NameClaim(state.Silo, name)),
            ]);
    }

    private static Decision<ProjectEvent> Delete(ProjectState state, in Turn turn, long? holdingCount)
    {
        var refusal = !state.Instances.IsEmpty ? TenancyErrors.ProjectInUse(state.Name, state.Instances.Count)
            : holdingCount is { } seen && seen != state.HoldingCount ? TenancyErrors.ProjectMoved(state.Name)
            : null;
        return refusal is null
            ? Decision.Accept<ProjectEvent>(
                null, [new ProjectDeleted(turn.Now)], [new Effect.Release(NameSpace, NameClaim(state.Silo, state.Name))])
            : Decision.Refuse<ProjectEvent>(refusal);
    }

    private static Decision<ProjectEvent> Admit(ProjectState state, InstanceId instance)
    {
        if (state.Instances.Contains(instance))
        {
            return Decision.Unchanged<ProjectEvent>();
        }

        return state.Instances.Count >= TenancyLimits.InstancesPerProjectMax
            ? Decision.Refuse<ProjectEvent>(TenancyErrors.ProjectFull(state.Name, TenancyLimits.InstancesPerProjectMax))
            : Decision.Accept<ProjectEvent>(null, [new InstanceAdmitted(instance)]);
    }

    private static Decision<ProjectEvent> Dismiss(ProjectState state, InstanceId instance) => state.Instances.Contains(instance)
        ? Decision.Accept<ProjectEvent>(null, [new InstanceDismissed(instance)])
        : Decision.Unchanged<ProjectEvent>();

    private static Decision<ProjectEvent> Charge(ProjectState state, ChargeQuota wanted)
    {
        if (state.Quota.Holds(wanted))
        {
            return Decision.Unchanged<ProjectEvent>();
        }

        return state.Quota.WhyNot($"project \"{state.Name}\"", wanted) is { } why
            ? Decision.Refuse<ProjectEvent>(why)
            : Decision.Accept<ProjectEvent>(null, [new ProjectQuotaCharged(wanted.Instance, wanted.Cpus, wanted.MemoryBytes, wanted.Vmm)]);
    }

    private static Decision<ProjectEvent> Release(ProjectState state, ReleaseQuota wanted) =>
        state.Quota.Holds(wanted.Instance, wanted.Vmm)
            ? Decision.Accept<ProjectEvent>(null, [new ProjectQuotaReleased(wanted.Instance, wanted.Vmm)])
            : Decision.Unchanged<ProjectEvent>();
}
