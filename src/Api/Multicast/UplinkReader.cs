using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Reads <c>switch_port_uplinks</c> of groups and pools (multicast 11.1).</summary>
internal static class UplinkReader
{
    private const int UplinksMax = 64;

    /// <summary>Text <c>switchN.portM</c> or an object with switch_location and port_name, mixed; duplicates dropped, order kept. Null stays null.</summary>
    public static async ValueTask<(ImmutableArray<GroupUplink>? Uplinks, Refusal? Refusal)> ReadAsync(
        ApiCall call, IReadOnlyList<JsonElement>? given, CancellationToken ct)
    {
        if (given is null)
        {
            return (null, null);
        }

        if (given.Count > UplinksMax)
        {
            return (null, Refusal.Invalid("TooManyUplinks", $"{given.Count} switch_port_uplinks were given, a rack has {UplinksMax}"));
        }

        var switches = await call.Views.ListAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false);
        var read = new List<GroupUplink>();
        foreach (var element in given)
        {
            var text = element.ValueKind == JsonValueKind.Object
                ? $"{element.Text("switch_location")}.{element.Text("port_name")}"
                : element.ValueKind == JsonValueKind.String ? element.GetString() ?? "" : element.GetRawText();
            if (GroupUplink.TryParse(text) is not { } uplink || switches.All(s => s.Row.Slot != uplink.Slot))
            {
                return (null, MulticastErrors.BadUplink(text));
            }

            read.Add(uplink);
        }

        return ([.. read.Distinct()], null);
    }

    private static string? Text(this JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
