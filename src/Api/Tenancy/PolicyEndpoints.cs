using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Who has which role on the fleet, a silo, a project: read and written whole, as in Nexus. Roles live with their users, so a write is one
/// command per user whose role changes, grants first; if one of them fails the rest stays as it is, and the same PUT finishes it (one with
/// <c>If-Match</c> after another look: what was done counts). The ETag is made of the assignments, because no one entity counts them.
/// </summary>
internal static class PolicyEndpoints
{
    private const int AssignmentsMax = 256;
    private const string UserType = "silo_user";

    public static void Map(ApiRoutes api)
    {
        Pair(api, "/v1/system/policy", "system_policy", "policy", "the fleet",
            o => o.Fleet(Rank.Viewer), o => o.Fleet(Rank.Admin), (_, _, _) => ValueTask.FromResult<(Target?, IResult?)>((Fleet, null)));
        Pair(api, "/v1/policy", "policy", "silos", "the current silo",
            o => o.OnSilo(Rank.Viewer), o => o.OnSilo(Rank.Admin),
            (call, rank, _) => ValueTask.FromResult(OnOwnSilo(call, rank)));
        Pair(api, "/v1/system/silos/{silo}/policy", "silo_policy", "system/silos", "silo",
            o => o.Fleet(Rank.Viewer), o => o.Fleet(Rank.Admin), OnSiloAsync);
        Pair(api, "/v1/projects/{project}/policy", "project_policy", "projects", "project",
            o => o.OnProject(Rank.Viewer), o => o.OnProject(Rank.Admin), OnProjectAsync);
    }

    private static void Pair(
        ApiRoutes api, string path, string id, string tag, string what, Func<OperationBuilder, OperationBuilder> read,
        Func<OperationBuilder, OperationBuilder> write, Func<ApiCall, Rank, CancellationToken, ValueTask<(Target?, IResult?)>> find)
    {
        read(api.Get(path, $"{id}_view", tag, $"Fetch role policy of {what}"))
            .Answers(200, TenancyApiJson.Default.RolePolicy)
            .Handle(async (call, ct) =>
            {
                var (target, failure) = await find(call, Rank.Viewer, ct).ConfigureAwait(false);
                return target is null ? failure! : await ShowAsync(call, target, ct).ConfigureAwait(false); // no target means a failure
            });
        write(api.Put(path, $"{id}_update", tag, $"Update role policy of {what}"))
            .Body(TenancyApiJson.Default.RolePolicy)
            .Example("""{"role_assignments": []}""")
            .Answers(200, TenancyApiJson.Default.RolePolicy)
            .Handle(async (call, ct) =>
            {
                var (target, failure) = await find(call, Rank.Admin, ct).ConfigureAwait(false);
                return target is null ? failure! : await UpdateAsync(call, target, ct).ConfigureAwait(false); // no target means a failure
            });
    }

    private static readonly Target Fleet = new("the fleet", null, u => u.FleetRole, (_, role) => new SetFleetRole(role), IsFleet: true);

    private static Target Silo(SiloId silo) => new($"silo {silo}", silo, u => u.SiloRole, (_, role) => new SetSiloRole(role));

    private static (Target?, IResult?) OnOwnSilo(ApiCall call, Rank wanted)
    {
        var rank = call.Caller.On(call.Caller.Silo);
        return rank >= wanted
            ? (Silo(call.Caller.Silo), null)
            : (null, call.Refuse(ApiErrors.Forbidden(
                $"the role {FoundProject.WordOf(wanted)} on the silo", rank == Rank.None ? null : FoundProject.WordOf(rank))));
    }

    private static async ValueTask<(Target?, IResult?)> OnSiloAsync(ApiCall call, Rank wanted, CancellationToken ct) =>
        await call.Views.ByNameOrIdAsync(TenancyViews.Silos, call.Path("silo"), ct).ConfigureAwait(false) is { } silo
            ? (Silo(silo.Row.Id), null)
            : (null, call.NotFound("silo", call.Path("silo")));

    private static async ValueTask<(Target?, IResult?)> OnProjectAsync(ApiCall call, Rank wanted, CancellationToken ct)
    {
        var found = await FoundProject.OfAsync(call, call.Path("project"), wanted, ct).ConfigureAwait(false);
        if (found.Row is not { } project)
        {
            return (null, found.Failure);
        }

        var key = project.Id.ToString();
        return (new Target(
            $"project \"{project.Name}\"", project.Silo, u => u.ProjectRoles.GetValueOrDefault(key), (_, role) => new SetProjectRole(project.Id, role)), null);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, Target target, CancellationToken ct)
    {
        var users = await UsersAsync(call, target, ct).ConfigureAwait(false);
        var policy = new RolePolicy
        {
            RoleAssignments =
            [
                .. users.Where(u => target.RoleOf(u) is not null).OrderBy(u => u.Id.Value).Select(u => new RoleAssignment
                {
                    IdentityId = u.Id.Value,
                    IdentityType = UserType,
                    RoleName = Shown(target.RoleOf(u)!), // those without were just left out
                }),
            ],
        };
        return call.Ok(policy, TenancyApiJson.Default.RolePolicy, GenerationOf(users, target));
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, Target target, CancellationToken ct)
    {
        var users = await UsersAsync(call, target, ct).ConfigureAwait(false);
        var (wanted, refusal) = Read(call.Body<RolePolicy>(), target, users);
        if (refusal is not null)
        {
            return call.Refuse(refusal);
        }

        if (call.WhyStale($"the policy of {target.What}", GenerationOf(users, target)) is { } stale)
        {
            return call.Refuse(stale);
        }

        if (target.IsFleet && !call.IsDryRun && !wanted.ContainsValue(Roles.Admin))
        {
            return call.Refuse(Refusal.Invalid(
                "LastFleetAdmin", "this policy leaves the fleet without an admin; nobody could give roles any more", "keep one admin in it"));
        }

        var changes = users
            .Select(u => (User: u, Role: wanted.GetValueOrDefault(u.Id.Value)))
            .Where(c => c.Role != target.RoleOf(c.User))
            .OrderBy(c => c.Role is null);
        foreach (var (user, role) in changes)
        {
            var outcome = await call.Entities.AskAsync(
                Addresses.User(user.Id), target.Set(user, role), call.Ask(user.Id.ToString()) with { ExpectedGeneration = null }, ct).ConfigureAwait(false);
            if (outcome is not Outcome<Done>.Accepted)
            {
                call.Service<TokenAuthenticator>().Forget();
                return OutcomeAnswers.Fail(outcome);
            }
        }

        call.Service<TokenAuthenticator>().Forget();
        return await ShowAsync(call, target, ct).ConfigureAwait(false);
    }

    private static (Dictionary<Guid, string> Wanted, Refusal? Refusal) Read(RolePolicy policy, Target target, ImmutableArray<UserRow> users)
    {
        var wanted = new Dictionary<Guid, string>();
        if (policy.RoleAssignments.Count > AssignmentsMax)
        {
            return (wanted, Refusal.Invalid("PolicyTooLarge", $"{policy.RoleAssignments.Count} assignments, at most {AssignmentsMax} are kept", "give roles on the silo instead"));
        }

        foreach (var assignment in policy.RoleAssignments)
        {
            if (assignment.IdentityType != UserType)
            {
                return (wanted, Refusal.Invalid("IdentityTypeNotServed", $"identity_type \"{assignment.IdentityType}\" is not served; {UserType} is"));
            }

            var role = target.IsFleet && assignment.RoleName == Roles.Collaborator ? Roles.Operator : assignment.RoleName;
            if (Ranks.Of(role) == Rank.None || (!target.IsFleet && role == Roles.Operator))
            {
                return (wanted, new Refusal(
                    RefusalKind.InvalidValue, "RoleInvalid", $"\"{assignment.RoleName}\" is no role on {target.What}; it is viewer, collaborator or admin"));
            }

            if (users.All(u => u.Id.Value != assignment.IdentityId))
            {
                return (wanted, Refusal.Invalid("UserUnknownHere", $"user {assignment.IdentityId} is not one who can have a role on {target.What}"));
            }

            // Nexus allows several roles of one user; the highest contains the others.
            if (!wanted.TryGetValue(assignment.IdentityId, out var other) || Ranks.Of(role) > Ranks.Of(other))
            {
                wanted[assignment.IdentityId] = role;
            }
        }

        return (wanted, null);
    }

    // The same for the same assignments, so that a change there and back does not make a reader stale.
    private static long GenerationOf(ImmutableArray<UserRow> users, Target target)
    {
        var assigned = users.Where(u => target.RoleOf(u) is not null).OrderBy(u => u.Id.Value).Select(u => $"{u.Id}={target.RoleOf(u)}");
        return (long)(StableHash.Of(string.Join(';', assigned)) >> 11); // exact as a JSON number, too
    }

    private static async ValueTask<ImmutableArray<UserRow>> UsersAsync(ApiCall call, Target target, CancellationToken ct)
    {
        var query = new ViewQuery<UserRow>(TenancyViews.Users);
        var rows = await call.Views.ListAsync(
            target.Silo is { } silo ? query.WhereEqual("silo", silo.ToString()) : query, ct).ConfigureAwait(false);
        return [.. rows.Select(r => r.Row)];
    }

    // Fleet operators are what Nexus calls collaborators.
    private static string Shown(string role) => role == Roles.Operator ? Roles.Collaborator : role;

    private sealed record Target(
        string What, SiloId? Silo, Func<UserRow, string?> RoleOf, Func<UserRow, string?, ICommand<Done>> Set, bool IsFleet = false);
}
