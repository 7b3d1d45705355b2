using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Affinity and anti-affinity groups (vmm-sled-rack 4.9): two paths, one sort of thing.</summary>
internal static class AffinityEndpoints
{
    public static void Map(ApiRoutes api)
    {
        new AffinitySort(IsAnti: false, "affinity").Map(api);
        new AffinitySort(IsAnti: true, "anti-affinity").Map(api);
    }
}

/// <summary>One of the two sorts.</summary>
internal sealed record AffinitySort(bool IsAnti, string Word)
{
    private string Parameter => $"{Word.Replace('-', '_')}_group";

    public void Map(ApiRoutes api)
    {
        var root = $"/v1/{Word}-groups";
        var one = $"{root}/{{{Parameter}}}";
        var member = $"{one}/members/instance/{{instance}}";
        var id = Word.Replace('-', '_');
        api.Get(root, $"{id}_group_list", Word, $"List {Word} groups")
            .OnProject(Rank.Viewer)
            .Query(FoundInstance.ProjectQuery, "name or id of the project", isRequired: true)
            .Paged(SortOrder.Named)
            .Answers(200, AffinityJson.Default.AffinityPage)
            .Handle(ListAsync);
        api.Post(root, $"{id}_group_create", Word, $"Create {Word} group")
            .OnProject(Rank.Operator)
            .Query(FoundInstance.ProjectQuery, "name or id of the project", isRequired: true)
            .Body(AffinityJson.Default.AffinityCreate)
            .Example("""{"name":"web","description":"","policy":"allow","failure_domain":"sled"}""")
            .Answers(201, AffinityJson.Default.AffinityAnswer)
            .Handle(CreateAsync);
        Scoped(api.Get(one, $"{id}_group_view", Word, $"Fetch {Word} group"))
            .OnProject(Rank.Viewer)
            .Answers(200, AffinityJson.Default.AffinityAnswer)
            .Handle(ShowAsync);
        Scoped(api.Put(one, $"{id}_group_update", Word, $"Update {Word} group"))
            .OnProject(Rank.Operator)
            .Body(AffinityJson.Default.AffinityUpdateBody)
            .Answers(200, AffinityJson.Default.AffinityAnswer)
            .Handle(UpdateAsync);
        Scoped(api.Delete(one, $"{id}_group_delete", Word, $"Delete {Word} group"))
            .OnProject(Rank.Operator)
            .Answers(204)
            .Handle(DeleteAsync);
        Scoped(api.Get($"{one}/members", $"{id}_group_member_list", Word, $"List members of {Word} group"))
            .OnProject(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, AffinityJson.Default.AffinityMemberPage)
            .Handle(ListMembersAsync);
        Scoped(api.Get(member, $"{id}_group_member_instance_view", Word, $"Fetch {Word} group member"))
            .OnProject(Rank.Viewer)
            .Answers(200, AffinityJson.Default.AffinityMemberAnswer)
            .Handle(ShowMemberAsync);
        Scoped(api.Post(member, $"{id}_group_member_instance_add", Word, $"Add member to {Word} group"))
            .OnProject(Rank.Operator)
            .Answers(201, AffinityJson.Default.AffinityMemberAnswer)
            .Handle(AddMemberAsync);
        Scoped(api.Delete(member, $"{id}_group_member_instance_delete", Word, $"Remove member from {Word} group"))
            .OnProject(Rank.Operator)
            .Answers(204)
            .Handle(RemoveMemberAsync);
    }

    private static OperationBuilder Scoped(OperationBuilder operation) =>
        operation.Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name, not allowed with an id");

    private async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var project = await FoundProject.OfAsync(call, call.Query[FoundInstance.ProjectQuery], Rank.Viewer, ct).ConfigureAwait(false);
        return project.Row is { } row
            ? await call.PageAsync(
                new ViewQuery<AffinityGroupRow>(InstanceViews.AffinityGroups)
                    .WhereEqual("project", row.Id.ToString()).WhereEqual("sort", IsAnti ? "anti" : "affinity"),
                AnswerOf,
                AffinityJson.Default.AffinityPage,
                ct).ConfigureAwait(false)
            : project.Failure!; // no row means a failure
    }

    private async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var project = await FoundProject.OfAsync(call, call.Query[FoundInstance.ProjectQuery], Rank.Operator, ct).ConfigureAwait(false);
        if (project.Row is not { } row)
        {
            return project.Failure!; // no row means a failure
        }

        var body = call.Body<AffinityCreate>();
        if (body.FailureDomain != "sled")
        {
            return call.Refuse(new Refusal(
                RefusalKind.InvalidValue, "FailureDomainInvalid", $"\"{body.FailureDomain}\" is no failure domain; it is sled"));
        }

        var id = call.NewId();
        var outcome = await call.Entities.AskAsync(
            Addresses.AffinityGroup(id),
            new CreateAffinityGroup(row.Id, row.Silo, body.Name, body.Description, IsAnti, body.Policy), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy($"{Word} group", body.Name), async _ =>
            await RowAsync(call, id, ct).ConfigureAwait(false) is { } made
                ? call.Created(AnswerOf(made), AffinityJson.Default.AffinityAnswer, $"/v1/{Word}-groups/{id}", made.Generation)
                : call.NotFound($"{Word} group", body.Name)).ConfigureAwait(false);
    }

    private async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var (row, failure) = await FindAsync(call, Rank.Viewer, ct).ConfigureAwait(false);
        return row is null ? failure! : call.Ok(AnswerOf(row), AffinityJson.Default.AffinityAnswer, row.Generation); // no row means a failure
    }

    private async ValueTask<IResult> UpdateAsync(ApiCall call, CancellationToken ct)
    {
        var (row, failure) = await FindAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (row is null)
        {
            return failure!; // no row means a failure
        }

        var body = call.Body<AffinityUpdateBody>();
        var outcome = await call.Entities.AskAsync(
            Addresses.AffinityGroup(row.Id), new UpdateAffinityGroup(body.Name, body.Description), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome.NamedBy($"{Word} group", body.Name ?? row.Name), async _ =>
            await RowAsync(call, row.Id, ct).ConfigureAwait(false) is { } now
                ? call.Ok(AnswerOf(now), AffinityJson.Default.AffinityAnswer, now.Generation)
                : call.NotFound($"{Word} group", row.Name)).ConfigureAwait(false);
    }

    private async ValueTask<IResult> DeleteAsync(ApiCall call, CancellationToken ct)
    {
        var (row, failure) = await FindAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        return row is null
            ? failure! // no row means a failure
            : call.Answer(
                await call.Entities.AskAsync(Addresses.AffinityGroup(row.Id), new DeleteAffinityGroup(), call.Ask(), ct).ConfigureAwait(false),
                _ => call.NoContent());
    }

    private async ValueTask<IResult> ListMembersAsync(ApiCall call, CancellationToken ct)
    {
        var (row, failure) = await FindAsync(call, Rank.Viewer, ct).ConfigureAwait(false);
        return row is null
            ? failure! // no row means a failure
            : await call.PageAsync<AffinityMemberRow, AffinityMemberAnswer>(
                new ViewQuery<AffinityMemberRow>(InstanceViews.AffinityMembers).WhereEqual("group", row.Id.ToString()),
                async (item, views) => await MemberAsync(views, item.Row.Instance, ct).ConfigureAwait(false),
                AffinityJson.Default.AffinityMemberPage,
                ct).ConfigureAwait(false);
    }

    private async ValueTask<IResult> ShowMemberAsync(ApiCall call, CancellationToken ct)
    {
        var (row, instance, failure) = await FindMemberAsync(call, Rank.Viewer, ct).ConfigureAwait(false);
        if (row is null || instance is null)
        {
            return failure!; // no row means a failure
        }

        var isMember = await call.Views.GetAsync(InstanceViews.AffinityMembers, $"{row.Id}.{instance.Id}", ct).ConfigureAwait(false) is not null;
        return isMember && await MemberAsync(call.Views, instance.Id, ct).ConfigureAwait(false) is { } member
            ? call.Ok(member, AffinityJson.Default.AffinityMemberAnswer)
            : call.NotFound($"{Word} group member", instance.Name);
    }

    private async ValueTask<IResult> AddMemberAsync(ApiCall call, CancellationToken ct)
    {
        var (row, instance, failure) = await FindMemberAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (row is null || instance is null)
        {
            return failure!; // no row means a failure
        }

        var outcome = await call.Service<AffinityService>().AddAsync(row, instance, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
            await MemberAsync(call.Views, instance.Id, ct).ConfigureAwait(false) is { } member
                ? call.Created(member, AffinityJson.Default.AffinityMemberAnswer)
                : call.NotFound("instance", instance.Name)).ConfigureAwait(false);
    }

    private async ValueTask<IResult> RemoveMemberAsync(ApiCall call, CancellationToken ct)
    {
        var (row, instance, failure) = await FindMemberAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (row is null || instance is null)
        {
            return failure!; // no row means a failure
        }

        return await call.Views.GetAsync(InstanceViews.AffinityMembers, $"{row.Id}.{instance.Id}", ct).ConfigureAwait(false) is null
            ? call.NotFound($"{Word} group member", instance.Name)
            : call.Answer(
                await call.Entities.AskAsync(
                    Addresses.AffinityGroup(row.Id), new RemoveAffinityMember(instance.Id), call.Ask(), ct).ConfigureAwait(false),
                _ => call.NoContent());
    }

    // The project scopes whichever of the two is a name; with two ids there is none to scope (400, as for instances).
    private async ValueTask<(AffinityGroupRow? Row, InstanceRow? Instance, IResult? Failure)> FindMemberAsync(
        ApiCall call, Rank wanted, CancellationToken ct)
    {
        var text = call.Path("instance");
        var isId = Guid.TryParseExact(text, "D", out var id);
        var (row, failure) = await FindAsync(call, wanted, ct, isMemberNamed: !isId).ConfigureAwait(false);
        if (row is null)
        {
            return (null, null, failure);
        }

        var instance = isId
            ? (await call.Views.GetAsync(InstanceViews.Instances, id.ToString(), ct).ConfigureAwait(false))?.Row
            : (await call.Views.ByNameOrIdAsync(
                InstanceViews.Instances, text, ct, ("project", row.Project.ToString())).ConfigureAwait(false))?.Row;
        return instance?.Project == row.Project ? (row, instance, null) : (null, null, call.NotFound("instance", text));
    }

    private async ValueTask<(AffinityGroupRow? Row, IResult? Failure)> FindAsync(
        ApiCall call, Rank wanted, CancellationToken ct, bool isMemberNamed = false)
    {
        var text = call.Path(Parameter);
        var scope = call.Query.GetValueOrDefault(FoundInstance.ProjectQuery);
        var isId = Guid.TryParseExact(text, "D", out var id);
        var isScopeWanted = !isId || isMemberNamed;
        if (isScopeWanted != scope is not null)
        {
            return (null, call.Refuse(!isScopeWanted
                ? Refusal.Invalid("ProjectNotWanted", $"when the {Word} group is given by id, project must not be given", "leave project away")
                : Refusal.Invalid("ProjectMissing", $"\"{(isId ? call.Path("instance") : text)}\" is a name, and names are unique in a project only", "add ?project=…")));
        }

        var row = isId ? await RowAsync(call, id, ct).ConfigureAwait(false) : null;
        if (scope is not null)
        {
            var project = await FoundProject.OfAsync(call, scope, Rank.Viewer, ct).ConfigureAwait(false);
            if (project.Row is not { } within)
            {
                return (null, project.Failure);
            }

            row = isId ? (row?.Project == within.Id ? row : null) : (await call.Views.ByNameOrIdAsync(
                InstanceViews.AffinityGroups, text, ct,
                ("project", within.Id.ToString()), ("sort", IsAnti ? "anti" : "affinity")).ConfigureAwait(false))?.Row;
        }

        if (row is null || row.IsAnti != IsAnti || call.Caller.On(row.Silo, row.Project) is var rank && rank < Rank.Viewer)
        {
            return (null, call.NotFound($"{Word} group", text));
        }

        return rank >= wanted
            ? (row, null)
            : (null, call.Refuse(ApiErrors.Forbidden($"the role {FoundProject.WordOf(wanted)} on the group's project", FoundProject.WordOf(rank))));
    }

    private static async ValueTask<AffinityGroupRow?> RowAsync(ApiCall call, Guid id, CancellationToken ct) =>
        (await call.Views.GetAsync(InstanceViews.AffinityGroups, id.ToString(), ct).ConfigureAwait(false))?.Row;

    // Null for an instance that is gone: its membership goes with it.
    private static async ValueTask<AffinityMemberAnswer?> MemberAsync(IViews views, InstanceId instance, CancellationToken ct) =>
        (await views.GetAsync(InstanceViews.Instances, instance.ToString(), ct).ConfigureAwait(false))?.Row is { } row
            ? new AffinityMemberAnswer("instance", new AffinityMemberValue(row.Id.Value, row.Name, row.RunState))
            : null;

    private static AffinityAnswer AnswerOf(AffinityGroupRow row) => new()
    {
        Id = row.Id,
        Name = row.Name,
        Description = row.Description,
        ProjectId = row.Project.Value,
        Policy = row.Policy,
        FailureDomain = "sled",
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Generation = row.Generation,
    };
}
