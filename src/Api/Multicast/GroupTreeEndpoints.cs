using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>How a group branches: switches, rear ports, sleds, instances, as recorded at one moment. Asks no switch (verify does).</summary>
internal static class GroupTreeEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Get("/v1/multicast-groups/{multicast_group}/tree", "multicast_group_tree", "experimental", "How a multicast group is programmed")
            .Fleet(Rank.Viewer)
            .Path("multicast_group", PathForm.Text)
            .Answers(200, GroupTreeJson.Default.GroupTreeAnswer)
            .Handle(ShowAsync);

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var text = call.Path("multicast_group");
        if (GroupIdentifier.TryParse(text) is not { } identifier)
        {
            return call.Refuse(MulticastErrors.BadIdentifier(text));
        }

        var snapshot = await call.Views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            return await snapshot.FindGroupAsync(identifier, ct).ConfigureAwait(false) is { } group
                ? call.Ok(await BuildAsync(snapshot, group, await SwitchNews.OfAsync(call, ct).ConfigureAwait(false), ct).ConfigureAwait(false), GroupTreeJson.Default.GroupTreeAnswer)
                : call.Refuse(MulticastErrors.NoSuchGroup(text));
        }
    }

    private static async ValueTask<GroupTreeAnswer> BuildAsync(
        IViews views, MulticastGroupRow group, SwitchNews news, CancellationToken ct)
    {
        var id = group.Id.ToString();
        var detail = await views.GetAsync(GroupViews.Details, id, ct).ConfigureAwait(false);
        var members = await views.ListAsync(new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("group", id), ct).ConfigureAwait(false);
        var standings = await views.ListAsync(new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("group", id), ct).ConfigureAwait(false);
        var names = new Dictionary<MulticastMemberRow, string>();
        foreach (var member in members)
        {
            var instance = await views.GetAsync(InstanceViews.Instances, member.Row.Instance.ToString(), ct).ConfigureAwait(false);
            names.Add(member.Row, instance?.Row.Name ?? member.Row.Instance.ToString());
        }

        var ports = await PortsAsync(views, names, ct).ConfigureAwait(false);
        return new GroupTreeAnswer
        {
            MulticastGroupId = group.Id.Value,
            Name = group.Name,
            MulticastIp = group.Address.ToString(),
            UnderlayIp = detail?.Row.Underlay?.ToString(),
            SourceIps = [.. (detail?.Row.Filter ?? []).Select(s => s.ToString())],
            Generation = detail?.Row.Wanted ?? 0,
            Ports = ports,
            Converged = news.IsConverged(group),
            Uplinks = [.. (group.Explicit?.Uplinks ?? []).Select(u => u.ToString())],
            Mvlan = group.Explicit?.Vlan,
            Switches = [.. standings.OrderBy(s => s.Row.Switch, StringComparer.Ordinal).Select(s => SwitchOf(s.Row, news))],
            Waiting = [.. names.Where(n => n.Key.Sled is null).Select(n => n.Value).Order(StringComparer.Ordinal)],
        };
    }

    private static async ValueTask<ImmutableArray<TreePortAnswer>> PortsAsync(
        IViews views, Dictionary<MulticastMemberRow, string> names, CancellationToken ct)
    {
        var ports = ImmutableArray.CreateBuilder<TreePortAnswer>();
        foreach (var sled in names.Where(n => n.Key.Sled is not null).GroupBy(n => n.Key.Sled!.Value)) // null was just left out
        {
            var row = await views.GetAsync(InventoryViews.Sleds, sled.Key.ToString(), ct).ConfigureAwait(false);
            var place = await views.GetAsync(InventoryViews.SledPorts, sled.Key.ToString(), ct).ConfigureAwait(false);
            ports.Add(new TreePortAnswer
            {
                Port = place?.Row.RearPort,
                SledId = sled.Key.Value,
                SledSerial = row?.Row.Serial,
                Instances = [.. sled.Select(n => n.Value).Order(StringComparer.Ordinal)],
            });
        }

        ports.Sort((a, b) => string.CompareOrdinal(a.SledSerial, b.SledSerial));
        return ports.ToImmutable();
    }

    private static TreeSwitchAnswer SwitchOf(GroupSwitchRow row, SwitchNews news)
    {
        var condition = MulticastMaps.Condition(row, news);
        return new TreeSwitchAnswer
        {
            Switch = row.Switch,
            Slot = row.Switch[^1] - '0', // the key ends in the slot, 0 or 1 (Addresses.SwitchKey)
            Reason = condition.Reason,
            Message = condition.Message,
            WantedGeneration = row.Wanted,
            AppliedGeneration = row.Applied,
            LaggingSince = row.LaggingSince,
            AgeMs = condition.AgeMs,
            TimeVerified = condition.TimeVerified,
            NextAttempt = condition.NextAttempt,
            Differences = condition.Differences,
            Error = row.Error,
        };
    }
}

/// <summary>A group with its branches.</summary>
internal sealed record GroupTreeAnswer
{
    public required Guid MulticastGroupId { get; init; }

    public required string Name { get; init; }

    public required string MulticastIp { get; init; }

    public string? UnderlayIp { get; init; }

    /// <summary>The switches' source filter; empty means any.</summary>
    public required ImmutableArray<string> SourceIps { get; init; }

    public required long Generation { get; init; }

    public required bool Converged { get; init; }

    /// <summary>Front ports of an explicit group.</summary>
    public required ImmutableArray<string> Uplinks { get; init; }

    public int? Mvlan { get; init; }

    /// <summary>Where every switch should replicate to: one per sled.</summary>
    public required ImmutableArray<TreePortAnswer> Ports { get; init; }

    public required ImmutableArray<TreeSwitchAnswer> Switches { get; init; }

    /// <summary>Instances that are members and run nowhere.</summary>
    public required ImmutableArray<string> Waiting { get; init; }
}

/// <summary>A sled with members; without a port when it cannot be told where it is plugged in.</summary>
internal sealed record TreePortAnswer
{
    public string? Port { get; init; }

    public required Guid SledId { get; init; }

    public string? SledSerial { get; init; }

    public required ImmutableArray<string> Instances { get; init; }
}

/// <summary>How one switch stands.</summary>
internal sealed record TreeSwitchAnswer
{
    public required string Switch { get; init; }

    public required int Slot { get; init; }

    /// <summary>As in the group's conditions: <c>UpToDate</c> when it was read back to be right, else what it is waited for.</summary>
    public required string Reason { get; init; }

    /// <summary>The reason in words.</summary>
    public required string Message { get; init; }

    public required long WantedGeneration { get; init; }

    public required long AppliedGeneration { get; init; }

    public DateTimeOffset? LaggingSince { get; init; }

    public long? AgeMs { get; init; }

    /// <summary>When it was last read back and right.</summary>
    public DateTimeOffset? TimeVerified { get; init; }

    public DateTimeOffset? NextAttempt { get; init; }

    public ImmutableArray<SwitchDifferenceAnswer>? Differences { get; init; }

    public string? Error { get; init; }
}

/// <summary>Body of the tree.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GroupTreeAnswer))]
internal sealed partial class GroupTreeJson : JsonSerializerContext;
