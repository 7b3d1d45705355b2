using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Networks of customers, as far as multicast groups need them (multicast 11.2): a name and a network id. Subnets and routers are not kept.</summary>
internal static class VpcEndpoints
{
    private const string Tag = "vpcs";
    private const string Root = "/v1/vpcs";
    private const string Scope = "name or id of the project; needed with a name";
    private static readonly ProjectObject<VpcRow> s_kind = new("vpc", VpcViews.Vpcs, row => (row.Silo, row.Project));

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "vpc_list", Tag, "List VPCs")
            .OnProject(Rank.Viewer)
            .Query("project", "name or id of the project", isRequired: true)
            .Paged(SortOrder.Named)
            .Answers(200, VpcApiJson.Default.VpcPage)
            .Handle((call, ct) => FoundProject.WithAsync(call, Rank.Viewer, project => call.PageAsync(
                new ViewQuery<VpcRow>(VpcViews.Vpcs).WhereEqual("project", project.Id.ToString()), AnswerOf, VpcApiJson.Default.VpcPage, ct), ct));
        api.Post(Root, "vpc_create", Tag, "Create VPC")
            .OnProject(Rank.Operator)
            .Query("project", "name or id of the project", isRequired: true)
            .Body(VpcApiJson.Default.VpcCreateBody)
            .NotServed("ipv6_prefix")
            .Answers(201, VpcApiJson.Default.VpcAnswer)
            .Handle((call, ct) => FoundProject.WithAsync(call, Rank.Operator, project => CreateAsync(call, project, ct), ct));
        api.Get($"{Root}/{{vpc}}", "vpc_view", Tag, "Fetch VPC")
            .OnProject(Rank.Viewer)
            .Query("project", Scope)
            .Answers(200, VpcApiJson.Default.VpcAnswer)
            .Handle((call, ct) => WithVpcAsync(call, Rank.Viewer, vpc => ValueTask.FromResult(Show(call, vpc)), ct));
        api.Put($"{Root}/{{vpc}}", "vpc_update", Tag, "Update a VPC")
            .OnProject(Rank.Operator)
            .Query("project", Scope)
            .Body(VpcApiJson.Default.VpcUpdateBody)
            .Answers(200, VpcApiJson.Default.VpcAnswer)
            .Handle((call, ct) => WithVpcAsync(call, Rank.Operator, vpc => UpdateAsync(call, vpc, ct), ct));
        api.Delete($"{Root}/{{vpc}}", "vpc_delete", Tag, "Delete VPC; groups that took its network id keep it")
            .OnProject(Rank.Operator)
            .Query("project", Scope)
            .Answers(204)
            .Handle((call, ct) => WithVpcAsync(call, Rank.Operator, vpc => DeleteAsync(call, vpc, ct), ct));
    }

    /// <summary>Finds a network by name in a project or by id, and checks what the caller may do there.</summary>
    public static ValueTask<FoundInProject<VpcRow>> FindAsync(ApiCall call, string text, Rank needed, CancellationToken ct) =>
        FoundInProject<VpcRow>.OfAsync(call, s_kind, text, needed, ct);

    private static ValueTask<IResult> WithVpcAsync(ApiCall call, Rank needed, Func<VpcRow, ValueTask<IResult>> then, CancellationToken ct) =>
        FoundInProject<VpcRow>.WithAsync(call, s_kind, call.Path("vpc"), needed, then, ct);

    private static async ValueTask<IResult> CreateAsync(ApiCall call, ProjectRow project, CancellationToken ct)
    {
        var body = call.Body<VpcCreateBody>();
        if (WhyNot(body.Name, body.Description, body.DnsName) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var id = new VpcId(call.NewId());
        var wish = new VpcCommand.Create(project.Silo, project.Id, body.Name, body.Description, body.DnsName, 0);
        var outcome = await call.Service<VpcService>().CreateAsync(
            id, wish, attempt => attempt == 0 ? call.Ask() : call.Ask($"vni-{attempt}"), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Created(
            AnswerOf(reply.Vpc), VpcApiJson.Default.VpcAnswer, $"{Root}/{id}", reply.Vpc.Generation));
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, VpcRow vpc, CancellationToken ct)
    {
        var body = call.Body<VpcUpdateBody>();
        if (WhyNot(body.Name, body.Description, body.DnsName) is { } refusal)
        {
            return call.Refuse(refusal);
        }

        var outcome = await call.Service<VpcService>().UpdateAsync(
            vpc.Id, new VpcCommand.Update(body.Name, body.Description, body.DnsName), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => Show(call, reply.Vpc));
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, VpcRow vpc, CancellationToken ct)
    {
        var outcome = await call.Entities.AskAsync(Addresses.Vpc(vpc.Id), new VpcCommand.Delete(), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static IResult Show(ApiCall call, VpcRow vpc) => call.Ok(AnswerOf(vpc), VpcApiJson.Default.VpcAnswer, vpc.Generation);

    private static Refusal? WhyNot(string? name, string? description, string? dnsName) =>
        Naming.WhyNot(name, description) ?? Naming.WhyNot(dnsName, description: null);

    // Nexus names a prefix and a router of each VPC. Both are only named here: the prefix is a unique local /48 that the network id fills.
    private static VpcAnswer AnswerOf(VpcRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        ProjectId = row.Project.Value,
        DnsName = row.DnsName,
        Ipv6Prefix = $"fd00:{row.Vni >> 16:x}:{row.Vni & 0xffff:x}::/48",
        SystemRouterId = GuidForm.FromText($"system router|{row.Id}"),
        Vni = row.Vni,
        Generation = row.Generation,
    };
}

/// <summary>A VPC as in Nexus; <c>vni</c> and <c>generation</c> are ours.</summary>
internal sealed record VpcAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required Guid ProjectId { get; init; }

    public required string DnsName { get; init; }

    public required string Ipv6Prefix { get; init; }

    public required Guid SystemRouterId { get; init; }

    public required int Vni { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Body of a VPC's create.</summary>
internal sealed record VpcCreateBody
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string DnsName { get; init; }
}

/// <summary>Body of a VPC's update; what is absent stays.</summary>
internal sealed record VpcUpdateBody
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? DnsName { get; init; }
}

/// <summary>Bodies of VPCs.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VpcAnswer))]
[JsonSerializable(typeof(VpcCreateBody))]
[JsonSerializable(typeof(VpcUpdateBody))]
[JsonSerializable(typeof(Page<VpcAnswer>), TypeInfoPropertyName = "VpcPage")]
internal sealed partial class VpcApiJson : JsonSerializerContext;
