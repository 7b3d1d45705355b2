using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>rack elevation</c>: cubbies from top to bottom, two to a row, with what sits in them.</summary>
internal static class RackElevation
{
    private const int Rows = 16;
    private const int Width = 36;

    public static Command Make(CommandMaker make)
    {
        var rack = new Argument<string?>("rack") { Description = "Id, or its beginning; not needed where there is one.", DefaultValueFactory = _ => null };
        return make.Verb(
            "elevation",
            "The rack as it stands there. Example: gantry rack elevation | gantry rack elevation 1f2e --no-color",
            (s, ct) => RunAsync(s, s.Parsed.GetValue(rack), ct),
            rack);
    }

    private static async Task<int> RunAsync(Session session, string? word, CancellationToken ct)
    {
        var racks = await session.ListAllAsync(RackCommands.Path, ct).ConfigureAwait(false);
        var rack = word is null && racks.Count == 1 ? racks[0]
            : word is not null ? Finder.One("rack", word, racks, "id")
            : throw new CliException(ExitCodes.Usage, $"there are {racks.Count} racks; name one") { Next = "gantry rack list" };
        var id = rack.Text("id");
        var sleds = Of(await session.ListAllAsync(SledCommands.Path, ct).ConfigureAwait(false), id);
        var switches = Of(await session.ListAllAsync(SwitchCommands.Path, ct).ConfigureAwait(false), id);
        if (session.Format is not (OutputFormat.Table or OutputFormat.Wide))
        {
            Table.WriteList(session, sleds, SledCommands.Kind.Columns(session), "baseboard.serial", "no sled in this rack");
            return ExitCodes.Ok;
        }

        session.Host.Out.WriteLine($"RACK {Ids.Short(id)}");
        for (var row = Rows - 1; row >= 0; row--)
        {
            session.Host.Out.WriteLine($"{Cubby(session, sleds, (2 * row) + 1)} {Cubby(session, sleds, 2 * row)}".TrimEnd());
            if (row == Rows / 2)
            {
                foreach (var one in switches.OrderBy(s => s.Number("slot")))
                {
                    session.Host.Out.WriteLine($"   = switch{one.Text("slot")}  {one.Text("baseboard.serial")}");
                }
            }
        }

        var homeless = sleds.Where(s => s.Number("slot") is null).Select(s => s.Text("baseboard.serial")).Order(StringComparer.Ordinal).ToList();
        if (homeless.Count > 0)
        {
            session.Note($"cubby unknown: {string.Join(", ", homeless)}");
        }

        return ExitCodes.Ok;
    }

    private static List<JsonElement> Of(List<JsonElement> all, string rack) => [.. all.Where(o => o.Text("rack_id") == rack)];

    private static string Cubby(Session session, List<JsonElement> sleds, int slot)
    {
        var sled = sleds.FirstOrDefault(s => s.Number("slot") == slot);
        var text = sled.ValueKind is JsonValueKind.Undefined ? "." : $"{sled.Text("baseboard.serial")} {SledCommands.Health(session, sled)}";
        return $"{slot,2} {text.PadRight(Width - 3)}";
    }
}
