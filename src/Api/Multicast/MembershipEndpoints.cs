using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>An instance's multicast groups: list, join, leave (E4 to E6).</summary>
internal static class MembershipEndpoints
{
    private const string Tag = "experimental";
    private const string Root = "/v1/instances/{instance}/multicast-groups";

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "instance_multicast_group_list", Tag, "List multicast groups for an instance")
            .OnProject(Rank.Viewer)
            .Query("project", "name or id of the project; needed with an instance name")
            .Paged(SortOrder.IdOnly)
            .Answers(200, MulticastApiJson.Default.MemberPage)
            .Handle(ListAsync);
        api.Put(
            $"{Root}/{{multicast_group}}", "instance_multicast_group_join", Tag, "Join multicast group by name, IP address or id; it is made if need be")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Query("project", "name or id of the project; needed with an instance name")
            .Body(MulticastApiJson.Default.MulticastJoinBody)
            .Answers(201, MulticastApiJson.Default.MulticastMemberAnswer)
            .Handle(JoinAsync);
        api.Delete($"{Root}/{{multicast_group}}", "instance_multicast_group_leave", Tag, "Leave multicast group; the last one out removes it")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Query("project", "name or id of the project; needed with an instance name")
            .Answers(204)
            .Handle(LeaveAsync);
    }

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var (instance, refused) = await FindInstanceAsync(call, call.Path("instance"), Rank.Viewer, ct).ConfigureAwait(false);
        return instance is null
            ? call.Refuse(refused!) // one of the two is there
            : await call.PageAsync(
                new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("instance", instance.Id.ToString()),
                MulticastMaps.Member,
                MulticastApiJson.Default.MemberPage,
                ct).ConfigureAwait(false);
    }

    // The order of multicast 3.5: form, feature, instance, then everything that the service decides.
    private static async ValueTask<IResult> JoinAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<MulticastJoinBody>();
        if (JoinWish.TryParse(call.Path("multicast_group"), body.SourceIps, body.IpVersion, out var wish) is { } malformed)
        {
            return call.Refuse(malformed);
        }

        var service = call.Service<MembershipService>();
        if (!service.IsEnabled)
        {
            return call.Refuse(MulticastErrors.Disabled());
        }

        var (instance, refused) = await FindInstanceAsync(call, call.Path("instance"), Rank.Operator, ct).ConfigureAwait(false);
        if (instance is null)
        {
            return call.Refuse(refused!); // one of the two is there
        }

        var outcome = await service.JoinAsync(
            new JoinRequest(instance.Id, call.Caller.Silo, wish!, call.Principal) { ExpectedGeneration = call.IfMatch }, ct).ConfigureAwait(false);
        return call.Answer(
            outcome, member => call.Created(MulticastMaps.Member(member), MulticastApiJson.Default.MulticastMemberAnswer));
    }

    // The order of multicast 3.6: a group that is named by its address is looked up before anything else.
    private static async ValueTask<IResult> LeaveAsync(ApiCall call, CancellationToken ct)
    {
        var text = call.Path("multicast_group");
        if (GroupIdentifier.TryParse(text) is not { } group)
        {
            return call.Refuse(MulticastErrors.BadIdentifier(text));
        }

        if (group is GroupIdentifier.ByAddress && await call.Views.FindGroupAsync(group, ct).ConfigureAwait(false) is null)
        {
            return call.Refuse(MulticastErrors.NoSuchGroup(text));
        }

        var service = call.Service<MembershipService>();
        if (!service.IsEnabled)
        {
            return call.Refuse(MulticastErrors.Disabled());
        }

        var (instance, refused) = await FindInstanceAsync(call, call.Path("instance"), Rank.Operator, ct).ConfigureAwait(false);
        if (instance is null)
        {
            return call.Refuse(refused!); // one of the two is there
        }

        var outcome = await service.LeaveAsync(instance.Id, group, call.Principal, ct, call.IfMatch).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    // Somebody else's instance is hidden, never forbidden (multicast 3.8).
    internal static async ValueTask<(InstanceRow? Instance, Refusal? Refusal)> FindInstanceAsync(
        ApiCall call, string text, Rank needed, CancellationToken ct)
    {
        (string Column, string Value)[] scope = [];
        if (!Guid.TryParseExact(text, "D", out _))
        {
            if (!call.Query.TryGetValue("project", out var name))
            {
                return (null, Refusal.Invalid(
                    "ProjectRequired", $"instance \"{text}\" is a name: the query parameter project must say of which project", "add ?project="));
            }

            var project = await call.Views.ByNameOrIdAsync(
                TenancyViews.Projects, name, ct, ("silo", call.Caller.Silo.ToString())).ConfigureAwait(false);
            if (project is null || call.Caller.On(project.Row.Silo, project.Row.Id) < Rank.Viewer)
            {
                return (null, Refusal.NotFound("project", name));
            }

            scope = [("project", project.Row.Id.ToString())];
        }

        var found = await call.Views.ByNameOrIdAsync(InstanceViews.Instances, text, ct, scope).ConfigureAwait(false);
        return found is not null && call.Caller.On(found.Row.Silo, found.Row.Project) >= needed
            ? (found.Row, null)
            : (null, Refusal.NotFound("instance", text));
    }
}
