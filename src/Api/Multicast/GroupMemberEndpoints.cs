using Gantry.Multicast;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Members from the group's side (multicast 11.2): of groups that exist, made by a call or by a join. Who may modify the instance may do both, as
/// from the instance's side (multicast 3.8).
/// </summary>
internal static class GroupMemberEndpoints
{
    private const string Tag = "experimental";
    private const string Root = "/v1/multicast-groups/{multicast_group}/members";
    private const string Scope = "name or id of the project; needed with an instance name";

    public static void Map(ApiRoutes api)
    {
        api.Post(Root, "multicast_group_member_add", Tag, "Add instance to multicast group")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Query("project", Scope)
            .Body(ExplicitGroupJson.Default.GroupMemberAddBody)
            .Answers(201, MulticastApiJson.Default.MulticastMemberAnswer)
            .Handle(AddAsync);
        api.Delete($"{Root}/{{instance}}", "multicast_group_member_remove", Tag, "Remove instance from multicast group")
            .OnProject(Rank.Operator)
            .Path("multicast_group", PathForm.Text)
            .Query("project", Scope)
            .Answers(204)
            .Handle(RemoveAsync);
    }

    private static async ValueTask<IResult> AddAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<GroupMemberAddBody>();
        if (JoinWish.TryParse(call.Path("multicast_group"), body.SourceIps, null, out var wish) is { } malformed)
        {
            return call.Refuse(malformed);
        }

        var service = call.Service<MembershipService>();
        if (!service.IsEnabled)
        {
            return call.Refuse(MulticastErrors.Disabled());
        }

        var (instance, refused) = await MembershipEndpoints.FindInstanceAsync(call, body.Instance, Rank.Operator, ct).ConfigureAwait(false);
        if (instance is null)
        {
            return call.Refuse(refused!); // one of the two is there
        }

        // Unlike a join this makes no group: the id pins the one that was found.
        if (await call.Views.FindGroupAsync(wish!.Group, ct).ConfigureAwait(false) is not { } group)
        {
            return call.Refuse(MulticastErrors.NoSuchGroup(call.Path("multicast_group")));
        }

        var outcome = await service.JoinAsync(
            new JoinRequest(instance.Id, call.Caller.Silo, wish with { Group = new GroupIdentifier.ById(group.Id) }, call.Principal)
            {
                ExpectedGeneration = call.IfMatch,
            },
            ct).ConfigureAwait(false);
        return call.Answer(outcome, member => call.Created(MulticastMaps.Member(member), MulticastApiJson.Default.MulticastMemberAnswer));
    }

    private static async ValueTask<IResult> RemoveAsync(ApiCall call, CancellationToken ct)
    {
        var text = call.Path("multicast_group");
        if (GroupIdentifier.TryParse(text) is not { } group)
        {
            return call.Refuse(MulticastErrors.BadIdentifier(text));
        }

        var service = call.Service<MembershipService>();
        if (!service.IsEnabled)
        {
            return call.Refuse(MulticastErrors.Disabled());
        }

        var (instance, refused) = await MembershipEndpoints.FindInstanceAsync(call, call.Path("instance"), Rank.Operator, ct).ConfigureAwait(false);
        if (instance is null)
        {
            return call.Refuse(refused!); // one of the two is there
        }

        var outcome = await service.LeaveAsync(instance.Id, group, call.Principal, ct, call.IfMatch).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }
}
