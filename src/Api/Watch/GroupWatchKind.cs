using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>Multicast groups with how each switch stands, as their GET shows them. Every signed-in user sees every group (multicast 3.8).</summary>
internal sealed class GroupWatchKind() : WatchKind("group", "multicast-group")
{
    public override bool IsAllowed(Caller caller) => true;

    public override async IAsyncEnumerable<WatchObject> ListAsync(
        IViews views, Caller caller, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in views.AllAsync(new ViewQuery<MulticastGroupRow>(GroupViews.Groups), ct).ConfigureAwait(false))
        {
            yield return await ShowAsync(views, item.Row, ct).ConfigureAwait(false);
        }
    }

    public override async ValueTask<WatchObject?> ReadAsync(IViews views, EntityAddress entity, Caller caller, CancellationToken ct) =>
        await views.GetAsync(GroupViews.Groups, entity.Key, ct).ConfigureAwait(false) is { } item
            ? await ShowAsync(views, item.Row, ct).ConfigureAwait(false)
            : null;

    private static async ValueTask<WatchObject> ShowAsync(IViews views, MulticastGroupRow row, CancellationToken ct)
    {
        var id = row.Id.ToString();
        var switches = await views.ListAsync(
            new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("group", id), ct).ConfigureAwait(false);
        var group = MulticastMaps.Group(row, [.. switches.Select(s => s.Row)]);
        return new WatchObject(
            id, group.Generation ?? 0, JsonSerializer.SerializeToElement(group, MulticastApiJson.Default.MulticastGroupAnswer));
    }
}
