using Gantry.Actors;
using Gantry.Multicast;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Multicast groups (E1 to E3), and our own ways to look at them: by address, against the switches, as the reconciler sees them.</summary>
internal static class GroupEndpoints
{
    private const string Tag = "experimental";
    private const string Root = "/v1/multicast-groups";

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "multicast_group_list", Tag, "List multicast groups")
            .SignedIn()
            .Paged(SortOrder.Named)
            .Answers(200, MulticastApiJson.Default.GroupPage)
            .Handle(ListAsync);
        api.Get($"{Root}/{{multicast_group}}", "multicast_group_view", Tag, "Fetch multicast group")
            .SignedIn()
            .Path("multicast_group", PathForm.Text)
            .Answers(200, MulticastApiJson.Default.MulticastGroupAnswer)
            .Handle((call, ct) => WithGroupAsync(call, call.Path("multicast_group"), group => ShowAsync(call, group, ct), ct));
        api.Get($"{Root}/{{multicast_group}}/members", "multicast_group_member_list", Tag, "List members of multicast group")
            .SignedIn()
            .Path("multicast_group", PathForm.Text)
            .Paged(SortOrder.IdOnly)
            .Answers(200, MulticastApiJson.Default.MemberPage)
            .Handle((call, ct) => WithGroupAsync(call, call.Path("multicast_group"), group => ListMembersAsync(call, group, ct), ct));
        api.Get($"{Root}/{{multicast_group}}/verify", "multicast_group_verify", Tag, "Read every switch now and compare it with what it should hold")
            .Fleet(Rank.Viewer)
            .Path("multicast_group", PathForm.Text)
            .Answers(200, MulticastApiJson.Default.GroupVerifyAnswer)
            .Handle((call, ct) => WithGroupAsync(call, call.Path("multicast_group"), group => VerifyAsync(call, group, ct), ct));
        api.Get("/v1/system/multicast-groups/by-ip/{address}", "multicast_group_view_by_ip", Tag, "Fetch multicast group by its address")
            .Fleet(Rank.Viewer)
            .Path("address", PathForm.Text)
            .Answers(200, MulticastApiJson.Default.MulticastGroupAnswer)
            .Handle(ShowByAddressAsync);
        api.Get("/v1/system/multicast-reconciler", "multicast_reconciler_view", Tag, "What the last turns of the multicast reconciler did")
            .Fleet(Rank.Viewer)
            .Answers(200, MulticastApiJson.Default.MulticastStatusAnswer)
            .Handle(StatusAsync);
    }

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var news = await SwitchNews.OfAsync(call, ct).ConfigureAwait(false);
        return await call.PageAsync(
            new ViewQuery<MulticastGroupRow>(GroupViews.Groups),
            row => MulticastMaps.Group(row) with { Converged = news.IsConverged(row) },
            MulticastApiJson.Default.GroupPage,
            ct).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> WithGroupAsync(
        ApiCall call, string text, Func<MulticastGroupRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        if (GroupIdentifier.TryParse(text) is not { } identifier)
        {
            return call.Refuse(MulticastErrors.BadIdentifier(text));
        }

        return await call.Views.FindGroupAsync(identifier, ct).ConfigureAwait(false) is { } group
            ? await then(group).ConfigureAwait(false)
            : call.Refuse(MulticastErrors.NoSuchGroup(text));
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, MulticastGroupRow group, CancellationToken ct)
    {
        var switches = await call.Views.ListAsync(
            new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("group", group.Id.ToString()), ct).ConfigureAwait(false);
        return call.Ok(
            MulticastMaps.Group(group, [.. switches.Select(s => s.Row)], await SwitchNews.OfAsync(call, ct).ConfigureAwait(false)),
            MulticastApiJson.Default.MulticastGroupAnswer,
            group.Generation);
    }

    private static ValueTask<IResult> ShowByAddressAsync(ApiCall call, CancellationToken ct)
    {
        var text = call.Path("address");
        return Ip.TryParse(text) is null
            ? ValueTask.FromResult(call.Refuse(MulticastErrors.BadAddress(text)))
            : WithGroupAsync(call, text, group => ShowAsync(call, group, ct), ct);
    }

    private static ValueTask<IResult> ListMembersAsync(ApiCall call, MulticastGroupRow group, CancellationToken ct) =>
        call.PageAsync(
            new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("group", group.Id.ToString()),
            MulticastMaps.Member,
            MulticastApiJson.Default.MemberPage,
            ct);

    private static async ValueTask<IResult> VerifyAsync(ApiCall call, MulticastGroupRow group, CancellationToken ct)
    {
        var found = await call.Service<SwitchVerifier>().VerifyAsync(group.Id, ct).ConfigureAwait(false);
        var sleds = await call.Service<SledVerifier>().VerifyAsync(group.Id, ct).ConfigureAwait(false);
        return call.Ok(MulticastMaps.Verify(group, found, sleds), MulticastApiJson.Default.GroupVerifyAnswer);
    }

    private static async ValueTask<IResult> StatusAsync(ApiCall call, CancellationToken ct)
    {
        var status = await call.Service<MulticastNews>().LookAsync(ct).ConfigureAwait(false);
        var answer = MulticastMaps.Status(status.Summary) with
        {
            Disabled = !call.Service<MembershipService>().IsEnabled,
            Switches = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal,
                status.Switches.Values.Where(s => s.Report is not null).Select(s => KeyValuePair.Create(s.Switch, MulticastMaps.Status(s.Report!)))), // just looked at
            NodesMissing = status.Missing.IsEmpty ? null : status.Missing,
        };
        return call.Ok(answer, MulticastApiJson.Default.MulticastStatusAnswer);
    }
}
