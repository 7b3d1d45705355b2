using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Tenancy;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Projects of the caller's silo.</summary>
internal static class ProjectEndpoints
{
    private const string Tag = "projects";

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/projects", "project_list", Tag, "List projects")
            .SignedIn()
            .Paged(SortOrder.Named)
            .Answers(200, TenancyApiJson.Default.ProjectPage)
            .Handle(ListAsync);
        api.Post("/v1/projects", "project_create", Tag, "Create project")
            .OnSilo(Rank.Operator)
            .Body(TenancyApiJson.Default.ProjectCreate)
            .Answers(201, TenancyApiJson.Default.ProjectAnswer)
            .Handle(CreateAsync);
        api.Get("/v1/projects/{project}", "project_view", Tag, "Fetch project")
            .OnProject(Rank.Viewer)
            .Answers(200, TenancyApiJson.Default.ProjectAnswer)
            .Handle(ShowAsync);
        api.Put("/v1/projects/{project}", "project_update", Tag, "Update a project")
            .OnProject(Rank.Admin)
            .Body(TenancyApiJson.Default.ProjectUpdate)
            .Answers(200, TenancyApiJson.Default.ProjectAnswer)
            .Handle(UpdateAsync);
        api.Delete("/v1/projects/{project}", "project_delete", Tag, "Delete project")
            .OnProject(Rank.Admin)
            .Answers(204)
            .Handle(DeleteAsync);
    }

    // Projects that the caller may not see are left out, not counted.
    private static ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct) => call.PageAsync(
        new ViewQuery<ProjectRow>(TenancyViews.Projects).WhereEqual("silo", call.Caller.Silo.ToString()),
        row => call.Caller.On(row.Silo, row.Id) >= Rank.Viewer ? AnswerOf(row) : null,
        TenancyApiJson.Default.ProjectPage,
        ct);

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundProject.OfAsync(call, call.Path("project"), Rank.Viewer, ct).ConfigureAwait(false);
        return found.Row is { } row
            ? call.Ok(AnswerOf(row), TenancyApiJson.Default.ProjectAnswer, row.Generation)
            : found.Failure!; // no row means a failure
    }

    private static async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var silo = call.Caller.Silo;
        if (call.Caller.On(silo) is var rank && rank < Rank.Operator)
        {
            return call.Refuse(ApiErrors.Forbidden("the role collaborator on the silo", rank == Rank.None ? null : "viewer"));
        }

        var body = call.Body<ProjectCreate>();
        var id = ProjectId.From(call.NewId());
        var outcome = await call.Entities.AskAsync(
            Addresses.Project(id), new CreateProject(silo, body.Name, body.Description), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy("project", body.Name), async _ =>
            await call.Views.GetAsync(TenancyViews.Projects, id.ToString(), ct).ConfigureAwait(false) is { } project
                ? call.Created(AnswerOf(project.Row), TenancyApiJson.Default.ProjectAnswer, $"/v1/projects/{id}", project.Row.Generation)
                : call.NotFound("project", body.Name)).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundProject.OfAsync(call, call.Path("project"), Rank.Admin, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var body = call.Body<ProjectUpdate>();
        var outcome = await call.Entities.AskAsync(
            Addresses.Project(row.Id), new UpdateProject(body.Name, body.Description), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy("project", body.Name ?? row.Name), async _ =>
            await call.Views.GetAsync(TenancyViews.Projects, row.Id.ToString(), ct).ConfigureAwait(false) is { } project
                ? call.Ok(AnswerOf(project.Row), TenancyApiJson.Default.ProjectAnswer, project.Row.Generation)
                : call.NotFound("project", row.Name)).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundProject.OfAsync(call, call.Path("project"), Rank.Admin, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        if ((call.WhyStale($"project \"{row.Name}\"", row.Generation) ?? await WhyHeldAsync(call, row, ct).ConfigureAwait(false)) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var outcome = await call.Entities.AskAsync(
            Addresses.Project(row.Id), new DeleteProject { HoldingCount = row.HoldingCount }, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    // Instances are counted by the project itself. What other areas keep in it is read here, after the count that the row carries: whatever is made
    // meanwhile raises the count, and the project refuses.
    private static async ValueTask<Refusal?> WhyHeldAsync(ApiCall call, ProjectRow project, CancellationToken ct)
    {
        var id = project.Id.ToString();
        var vpc = await call.Views.FirstAsync(
            new ViewQuery<VpcRow>(VpcViews.Vpcs).WhereEqual("project", id), ct).ConfigureAwait(false);
        if (vpc is not null)
        {
            return Held(project.Name, "VPC", vpc.Row.Name);
        }

        var floatingIp = await call.Views.FirstAsync(
            new ViewQuery<FloatingIpRow>(FloatingIpViews.FloatingIps).WhereEqual("project", id), ct).ConfigureAwait(false);
        return floatingIp is null ? null : Held(project.Name, "floating IP", floatingIp.Row.Name);
    }

    private static Refusal Held(string project, string what, string name) => Refusal.Invalid(
        "ProjectInUse", $"project \"{project}\" cannot be deleted: it contains the {what} \"{name}\"", "delete its VPCs and floating IPs first");

    private static ProjectAnswer AnswerOf(ProjectRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Generation = row.Generation,
    };
}
