using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Floating IPs of projects: list, make, change, delete, attach to an instance, detach.</summary>
internal static class FloatingIpEndpoints
{
    private const string Tag = "floating-ips";
    private const string Root = "/v1/floating-ips";
    private const string One = Root + "/{floating_ip}";
    private static readonly ProjectObject<FloatingIpRow> s_kind = new("floating-ip", FloatingIpViews.FloatingIps, row => (row.Silo, row.Project));

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "floating_ip_list", Tag, "List floating IPs")
            .OnProject(Rank.Viewer)
            .Query(FoundInstance.ProjectQuery, "name or id of the project", isRequired: true)
            .Paged(SortOrder.Named)
            .Answers(200, ExternalIpApiJson.Default.FloatingIpPage)
            .Handle((call, ct) => FoundProject.WithAsync(call, Rank.Viewer, project => ListAsync(call, project, ct), ct));
        api.Post(Root, "floating_ip_create", Tag, "Create floating IP")
            .OnProject(Rank.Operator)
            .Query(FoundInstance.ProjectQuery, "name or id of the project", isRequired: true)
            .Body(ExternalIpApiJson.Default.FloatingIpCreateBody)
            .Example("""{"name":"front","description":"","address_allocator":{"type":"auto"}}""")
            .Answers(201, ExternalIpApiJson.Default.FloatingIpAnswer)
            .Handle((call, ct) => FoundProject.WithAsync(call, Rank.Operator, project => CreateAsync(call, project, ct), ct));
        Scoped(api.Get(One, "floating_ip_view", Tag, "Fetch floating IP"))
            .OnProject(Rank.Viewer)
            .Answers(200, ExternalIpApiJson.Default.FloatingIpAnswer)
            .Handle((call, ct) => WithIpAsync(call, Rank.Viewer, async row => Show(call, row, await InstanceOfAsync(call, row, ct).ConfigureAwait(false)), ct));
        Scoped(api.Put(One, "floating_ip_update", Tag, "Update floating IP"))
            .OnProject(Rank.Operator)
            .Body(ExternalIpApiJson.Default.FloatingIpUpdateBody)
            .Answers(200, ExternalIpApiJson.Default.FloatingIpAnswer)
            .Handle((call, ct) => WithIpAsync(call, Rank.Operator, row => UpdateAsync(call, row, ct), ct));
        Scoped(api.Delete(One, "floating_ip_delete", Tag, "Delete floating IP; it must not be attached"))
            .OnProject(Rank.Operator)
            .Answers(204)
            .Handle((call, ct) => WithIpAsync(call, Rank.Operator, row => DeleteAsync(call, row, ct), ct));
        Scoped(api.Post($"{One}/attach", "floating_ip_attach", Tag, "Attach floating IP to an instance of its project"))
            .OnProject(Rank.Operator)
            .Body(ExternalIpApiJson.Default.FloatingIpAttachBody)
            .Example("""{"kind":"instance","parent":"web-1"}""")
            .Answers(202, ExternalIpApiJson.Default.FloatingIpAnswer)
            .Handle((call, ct) => WithIpAsync(call, Rank.Operator, row => AttachAsync(call, row, ct), ct));
        Scoped(api.Post($"{One}/detach", "floating_ip_detach", Tag, "Detach floating IP"))
            .OnProject(Rank.Operator)
            .Answers(202, ExternalIpApiJson.Default.FloatingIpAnswer)
            .Handle((call, ct) => WithIpAsync(call, Rank.Operator, row => DetachAsync(call, row, ct), ct));
    }

    private static OperationBuilder Scoped(OperationBuilder operation) =>
        operation.Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name");

    private static ValueTask<IResult> WithIpAsync(
        ApiCall call, Rank needed, Func<FloatingIpRow, ValueTask<IResult>> then, CancellationToken ct) =>
        FoundInProject<FloatingIpRow>.WithAsync(call, s_kind, call.Path("floating_ip"), needed, then, ct);

    private static ValueTask<IResult> ListAsync(ApiCall call, ProjectRow project, CancellationToken ct) =>
        call.PageAsync<FloatingIpRow, FloatingIpAnswer>(
            new ViewQuery<FloatingIpRow>(FloatingIpViews.FloatingIps).WhereEqual("project", project.Id.ToString()),
            async (item, views) => ExternalIpMaps.Floating(item.Row, await views.InstanceOfAsync(item.Row.Id, ct).ConfigureAwait(false)),
            ExternalIpApiJson.Default.FloatingIpPage,
            ct);

    private static async ValueTask<IResult> CreateAsync(ApiCall call, ProjectRow project, CancellationToken ct)
    {
        var body = call.Body<FloatingIpCreateBody>();
        var malformed = ExternalIpMaps.Read(body.AddressAllocator, out var choice);
        if ((Naming.WhyNot(body.Name, body.Description) ?? malformed) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var id = new ExternalIpId(call.NewId());
        var outcome = await call.Service<ExternalIpService>().CreateAsync(
            id, project, body.Name, body.Description, choice, part => call.Ask(part), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Created(
            ExternalIpMaps.Floating(reply.FloatingIp, null),
            ExternalIpApiJson.Default.FloatingIpAnswer,
            $"{Root}/{id}",
            reply.FloatingIp.Generation));
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, FloatingIpRow row, CancellationToken ct)
    {
        var body = call.Body<FloatingIpUpdateBody>();
        if (Naming.WhyNot(body.Name, body.Description) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var outcome = await call.Service<ExternalIpService>().UpdateAsync(
            row.Id, new FloatingIpCommand.Update(body.Name, body.Description), call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async reply =>
            Show(call, reply.FloatingIp, await InstanceOfAsync(call, row, ct).ConfigureAwait(false))).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, FloatingIpRow row, CancellationToken ct)
    {
        var outcome = await call.Service<ExternalIpService>().DeleteAsync(row, part => call.Ask(part), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static async ValueTask<IResult> AttachAsync(ApiCall call, FloatingIpRow row, CancellationToken ct)
    {
        var body = call.Body<FloatingIpAttachBody>();
        if (body.Kind != "instance")
        {
            return call.Refuse(ExternalIpErrors.BadParent(body.Kind));
        }

        if (Finding.WhyNotNameOrId("instance", body.Parent) is { } malformed)
        {
            return call.Refuse(malformed);
        }

        var instance = (await call.Views.ByNameOrIdAsync(
            InstanceViews.Instances, body.Parent, ct, ("project", row.Project.ToString())).ConfigureAwait(false))?.Row;
        if (instance is null || call.Caller.On(instance.Silo, instance.Project) < Rank.Operator)
        {
            return call.NotFound("instance", body.Parent);
        }

        var outcome = await call.Service<ExternalIpService>().AttachAsync(row, instance, Unconditional(call), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => Accepted(call, row, instance.Id));
    }

    private static async ValueTask<IResult> DetachAsync(ApiCall call, FloatingIpRow row, CancellationToken ct)
    {
        var outcome = await call.Service<ExternalIpService>().DetachAsync(row, Unconditional(call), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => Accepted(call, row, null));
    }

    // What is asked is the instance's part, which has no generation of its own.
    private static AskOptions Unconditional(ApiCall call) => call.Ask() with { ExpectedGeneration = null };

    private static ValueTask<InstanceId?> InstanceOfAsync(ApiCall call, FloatingIpRow row, CancellationToken ct) =>
        call.Views.InstanceOfAsync(row.Id, ct);

    private static IResult Show(ApiCall call, FloatingIpRow row, InstanceId? instance) =>
        call.Ok(ExternalIpMaps.Floating(row, instance), ExternalIpApiJson.Default.FloatingIpAnswer, row.Generation);

    private static IResult Accepted(ApiCall call, FloatingIpRow row, InstanceId? instance) =>
        call.Accepted(ExternalIpMaps.Floating(row, instance), ExternalIpApiJson.Default.FloatingIpAnswer, row.Generation);
}
