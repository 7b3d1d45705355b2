using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Groups that are made, changed and deleted by calls of their own (multicast 11), beside those that joins make.</summary>
internal static class ExplicitGroupEndpoints
{
    private const string Tag = "experimental";
    private const string Root = "/v1/multicast-groups";

    public static void Map(ApiRoutes api)
    {
        api.Post(Root, "multicast_group_create", Tag, "Create multicast group that stays without members")
            .OnProject(Rank.Operator)
            .Query("project", "name or id of the project whose roles may change and delete it; without it any user may")
            .Body(ExplicitGroupJson.Default.MulticastGroupCreateBody)
            .Answers(201, MulticastApiJson.Default.MulticastGroupAnswer)
            .Handle(CreateAsync);
        api.Put($"{Root}/{{multicast_group}}", "multicast_group_update", Tag, "Update multicast group that was made by its own call")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Body(ExplicitGroupJson.Default.MulticastGroupUpdateBody)
            .Answers(200, MulticastApiJson.Default.MulticastGroupAnswer)
            .Handle((call, ct) => WithOwnGroupAsync(call, group => UpdateAsync(call, group, ct), ct));
        api.Delete($"{Root}/{{multicast_group}}", "multicast_group_delete", Tag, "Delete multicast group")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Query("force", "true takes its members out first", isRequired: false, "true", "false")
            .Answers(204)
            .Handle((call, ct) => WithOwnGroupAsync(call, group => DeleteAsync(call, group, ct), ct));
    }

    private static async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<MulticastGroupCreateBody>();
        var (extras, refusal) = await ReadAsync(call, body, ct).ConfigureAwait(false);
        if (extras is null)
        {
            return call.Refuse(refusal!); // one of the two is there
        }

        var address = Ip.TryParse(body.MulticastIp);
        if (body.MulticastIp is { } text && address is null)
        {
            return call.Refuse(MulticastErrors.BadAddress(text));
        }

        if (call.Query.TryGetValue("project", out var scope))
        {
            var project = await FoundProject.OfAsync(call, scope, Rank.Operator, ct).ConfigureAwait(false);
            if (project.Row is not { } row)
            {
                return project.Failure!; // one of the two is there
            }

            extras = extras with { Project = row.Id };
        }

        if (body.Vpc is { } network)
        {
            var (vpc, failure) = await VpcEndpoints.FindAsync(call, network, Rank.Viewer, ct).ConfigureAwait(false);
            if (vpc is null || (extras.Project is { } own && vpc.Project != own))
            {
                return failure ?? call.NotFound("vpc", network); // one of another project is not found in this one
            }

            extras = extras with { Vni = vpc.Vni };
        }

        var pool = body.Pool is { } name ? await LinkedPoolAsync(call, name, ct).ConfigureAwait(false) : null;
        if (body.Pool is { } missing && pool is null)
        {
            return call.Refuse(MulticastErrors.NoSuchPool(missing));
        }

        if (pool?.Row.Type == PoolType.Unicast)
        {
            return call.Refuse(MulticastErrors.PoolNotMulticast(pool.Row.Name));
        }

        var wish = new GroupWish(new GroupId(call.NewId()), body.Name, body.Description, address, pool?.Row.Id, extras);
        var outcome = await call.Service<ExplicitGroupService>().CreateAsync(wish, call.Caller.Silo, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Created(
            MulticastMaps.Group(reply.Group), MulticastApiJson.Default.MulticastGroupAnswer, $"{Root}/{reply.Group.Id}", reply.Group.Generation));
    }

    // A pool of other silos is none, whatever its type: that it exists is not said.
    private static async ValueTask<ViewItem<IpPoolRow>?> LinkedPoolAsync(ApiCall call, string name, CancellationToken ct)
    {
        var pool = await call.Views.ByNameOrIdAsync(PoolViews.Pools, name, ct).ConfigureAwait(false);
        return pool is not null
            && await call.Views.GetAsync(PoolViews.Links, PoolViews.LinkKey(pool.Row.Id, call.Caller.Silo), ct).ConfigureAwait(false) is not null ? pool : null;
    }

    private static async ValueTask<(ExplicitGroup? Extras, Refusal? Refusal)> ReadAsync(
        ApiCall call, MulticastGroupCreateBody body, CancellationToken ct)
    {
        if (Naming.WhyNot(body.Name, body.Description) is { } badName)
        {
            return (null, badName);
        }

        if (SourceRules.TryParse(body.SourceIps, out var sources) is { } badSource)
        {
            return (null, badSource);
        }

        if (WhyNotVlan(body.Mvlan) is { } badVlan)
        {
            return (null, badVlan);
        }

        if (body.Vni is { } vni and not MulticastLimits.Vni and (< MulticastLimits.GuestVniMin or > MulticastLimits.GuestVniMax))
        {
            return (null, Refusal.Invalid(
                "BadVni", $"vni {vni} is neither {MulticastLimits.Vni} nor {MulticastLimits.GuestVniMin} to {MulticastLimits.GuestVniMax}"));
        }

        if (body is { Vni: not null, Vpc: not null })
        {
            return (null, Refusal.Invalid("BadVni", "vni and vpc were both given: a vpc has a vni of its own", "leave one of them out"));
        }

        var (uplinks, badUplink) = await UplinkReader.ReadAsync(call, body.SwitchPortUplinks, ct).ConfigureAwait(false);
        return badUplink is not null ? (null, badUplink) : (new ExplicitGroup
        {
            DefaultSources = sources ?? [],
            Vni = body.Vni ?? MulticastLimits.Vni,
            Vlan = body.Mvlan,
            Uplinks = uplinks ?? [],
            FormerUplinks = [],
        }, null);
    }

    // Only who may change the group of a project gets further; a group without project belongs to everybody (multicast 11.2).
    private static async ValueTask<IResult> WithOwnGroupAsync(
        ApiCall call, Func<MulticastGroupRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var text = call.Path("multicast_group");
        if (GroupIdentifier.TryParse(text) is not { } identifier)
        {
            return call.Refuse(MulticastErrors.BadIdentifier(text));
        }

        if (await call.Views.FindGroupAsync(identifier, ct).ConfigureAwait(false) is not { } group)
        {
            return call.Refuse(MulticastErrors.NoSuchGroup(text));
        }

        return group.Explicit?.Project is { } project && await WhyNotOwnAsync(call, project, text, ct).ConfigureAwait(false) is { } why
            ? call.Refuse(why)
            : await then(group).ConfigureAwait(false);
    }

    private static async ValueTask<Refusal?> WhyNotOwnAsync(ApiCall call, ProjectId project, string text, CancellationToken ct)
    {
        var owner = await call.Views.GetAsync(TenancyViews.Projects, project.ToString(), ct).ConfigureAwait(false);
        if (owner is null)
        {
            // Nobody has a role on a project that is gone: its groups are left to the fleet.
            return call.Caller.Fleet < Rank.Operator ? MulticastErrors.NoSuchGroup(text) : null;
        }

        return call.Caller.On(owner.Row.Silo, project) < Rank.Operator
            ? ApiErrors.Forbidden("the role collaborator on the group's project", "less")
            : null;
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, MulticastGroupRow group, CancellationToken ct)
    {
        var body = call.Body<MulticastGroupUpdateBody>();
        if (Naming.WhyNot(body.Name, body.Description) is { } badName)
        {
            return call.Refuse(badName);
        }

        if (SourceRules.TryParse(body.SourceIps, out var sources) is { } badSource)
        {
            return call.Refuse(badSource);
        }

        if (WhyNotVlan(body.Mvlan) is { } badVlan)
        {
            return call.Refuse(badVlan);
        }

        var (uplinks, badUplink) = await UplinkReader.ReadAsync(call, body.SwitchPortUplinks, ct).ConfigureAwait(false);
        if (badUplink is not null)
        {
            return call.Refuse(badUplink);
        }

        var outcome = await call.Service<ExplicitGroupService>().UpdateAsync(
            group.Id,
            new GroupCommand.Update(body.Name, body.Description, sources, body.SetsMvlan, body.Mvlan, uplinks),
            call.Ask(),
            ct).ConfigureAwait(false);
        return call.Answer(outcome, reply => call.Ok(
            MulticastMaps.Group(reply.Group), MulticastApiJson.Default.MulticastGroupAnswer, reply.Group.Generation));
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, MulticastGroupRow group, CancellationToken ct)
    {
        var isForced = call.Query.GetValueOrDefault("force") == "true";
        if (isForced && group.Explicit is { Project: null } && call.Caller.Fleet < Rank.Operator)
        {
            // The group is everybody's, its members are not: who may not detach an instance is told what a detach would say (multicast 3.8).
            isForced = false;
            if (await call.Views.FirstAsync(
                new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("group", group.Id.ToString()), ct).ConfigureAwait(false) is not null)
            {
                return call.Refuse(MulticastErrors.NoSuchGroup(call.Path("multicast_group")));
            }
        }

        var outcome = await call.Service<ExplicitGroupService>().DeleteAsync(group.Id, isForced, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static Refusal? WhyNotVlan(int? vlan) => vlan is < 2 or > 4094 ? MulticastErrors.BadVlan(vlan.Value) : null;
}
