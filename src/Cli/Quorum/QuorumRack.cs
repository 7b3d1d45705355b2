using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary>Which rack and which sleds a quorum command is about.</summary>
internal static class QuorumRack
{
    public const string Racks = "/v1/system/hardware/racks";

    public static Option<string?> Option() => new("--rack") { Description = "The rack, when there is more than one: id, or 4 or more of its first characters." };

    /// <summary>The path of the rack that was named, else of the only one.</summary>
    public static async Task<string> PathAsync(Session session, Option<string?> option, CancellationToken ct)
    {
        var all = await session.ListAllAsync(Racks, ct).ConfigureAwait(false);
        if (session.Parsed.GetValue(option) is { } word)
        {
            return $"{Racks}/{Finder.One("rack", word, all, "id").Text("id")}";
        }

        return all.Count switch
        {
            1 => $"{Racks}/{all[0].Text("id")}",
            0 => throw new CliException(ExitCodes.NotFound, "there is no rack yet") { Next = "declare one in gantry.racks" },
            _ => throw new CliException(ExitCodes.Usage, $"there are {all.Count} racks") { Next = "say which with --rack" },
        };
    }

    /// <summary>Part and serial of the sled that a person means: among members, sleds, and what is plugged in but not added.</summary>
    public static async Task<JsonObject> SledAsync(Session session, string word, CancellationToken ct)
    {
        var known = new List<JsonElement>();
        foreach (var path in (string[])["/v1/system/hardware/sleds", "/v1/system/hardware/sleds-uninitialized"])
        {
            known.AddRange(await session.ListAllAsync(path, ct).ConfigureAwait(false));
        }

        if (word.Split(':') is [var part, var serial])
        {
            return Sled(part, serial);
        }

        var found = Finder.One("sled", word, [.. known.DistinctBy(s => s.Text("baseboard.serial"))], "baseboard.serial", "id");
        return Sled(found.Text("baseboard.part"), found.Text("baseboard.serial"));
    }

    private static JsonObject Sled(string part, string serial) => new() { ["part_number"] = part, ["serial_number"] = serial };
}
