using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>group verify</c>: reads both switches through the API and compares; exit 9 on any difference.</summary>
internal static class GroupVerify
{
    public static Command Make(CommandMaker make)
    {
        var group = new Argument<string?>("group") { Description = "Name, address or id.", DefaultValueFactory = _ => null };
        return make.Verb(
            "verify",
            "Reads the switches and compares. Exit 0 or 9. Example: gantry group verify --all | gantry group verify telemetry-a -o json",
            (s, ct) => RunAsync(s, s.Parsed.GetValue(group), ct),
            group);
    }

    private static async Task<int> RunAsync(Session session, string? word, CancellationToken ct)
    {
        if ((word is null) != session.IsAll)
        {
            throw new CliException(ExitCodes.Usage, word is null ? "no group was named" : "a group and --all exclude each other")
            {
                Next = "gantry group verify NAME, or gantry group verify --all",
            };
        }

        var ids = word is not null
            ? [await GroupCommands.Kind.IdOfAsync(session, word, ct).ConfigureAwait(false)]
            : (await session.ListAllAsync(GroupCommands.Path, ct).ConfigureAwait(false)).Select(g => g.Text("id")).ToList();
        var rows = new List<JsonElement>();
        foreach (var id in ids)
        {
            var seen = (await session.Client.GetAsync($"{GroupCommands.Path}/{id}/verify", ct).ConfigureAwait(false)).Body;
            rows.AddRange(seen.Items("switches").Select(s => RowOf(seen, s, $"switch{s.Text("slot")}")));
            rows.AddRange(seen.Items("sleds").Where(s => s.Member("is_right") is { ValueKind: JsonValueKind.False }).Select(s => RowOf(seen, s, s.Text("serial"))));
        }

        Table.WriteList(session, rows, s_columns, "group", ids.Count == 0 ? "no groups, nothing to compare" : "no switch is recorded, nothing to compare");
        if (rows.Count == 0)
        {
            return ExitCodes.Ok;
        }

        var differing = rows.Count(r => r.Text("result") != "in sync");
        session.Note(differing == 0
            ? $"{ids.Count} group{(ids.Count == 1 ? "" : "s")} in sync on every switch"
            : $"{differing} of {rows.Count} comparisons differ");
        return differing == 0 ? ExitCodes.Ok : ExitCodes.Difference;
    }

    private static readonly Column[] s_columns =
    [
        Column.Of("GROUP", "group"), Column.Of("ADDRESS", "address"), Column.Of("SWITCH", "switch"), Column.Of("RESULT", "result"), Column.Of("WHAT", "what"),
    ];

    private static JsonElement RowOf(JsonElement seen, JsonElement one, string device)
    {
        var differences = one.Items("differences").Select(d => Said(d)).ToList();
        var error = one.TextOrNull("error");
        return JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["group"] = seen.Text("name"),
                ["address"] = seen.Text("multicast_ip"),
                ["switch"] = device,
                ["result"] = error is not null ? "unreachable" : differences.Count == 0 ? "in sync" : "differs",
                ["what"] = error ?? (differences.Count == 0 ? null : string.Join("; ", differences)),
            },
            CliJson.Default.JsonNode);
    }

    internal static string Said(JsonElement difference)
    {
        var bounds = difference.Member("wanted") is null && difference.Member("found") is null
            ? ""
            : $" (wanted {difference.Text("wanted")}, found {difference.Text("found")})";
        return $"{difference.Text("kind")} {difference.Text("name")}: {difference.Text("what")}{bounds}";
    }
}
