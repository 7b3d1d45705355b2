using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>sled add</c>, <c>drain</c>, <c>undrain</c>, <c>expunge</c>, <c>remove</c>, <c>events</c>; changes with the generation that was looked at.</summary>
internal static class SledActions
{
    public static IEnumerable<Command> Make(CommandMaker make, Argument<string> sled)
    {
        yield return make.Verb(
            "drain", "No new VMMs there, and every VMM migrated away. Example: gantry sled drain BRM42220018 --wait | gantry sled drain BRM42220018 --dry-run", async (s, ct) =>
            {
                var found = await SledCommands.FindAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
                s.Confirm($"drain sled {Serial(found)}", await EffectsAsync(s, found, "is migrated", ct).ConfigureAwait(false));
                return await OperationWait.ForAsync(s, await ActAsync(s, found, "drain", ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            }, sled);
        yield return make.Verb(
            "undrain", "New VMMs may go there again. Example: gantry sled undrain BRM42220018 | gantry sled undrain BRM4222", async (s, ct) =>
            {
                var found = await SledCommands.FindAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
                await ActAsync(s, found, "undrain", ct).ConfigureAwait(false);
                s.Note($"sled {Serial(found)} takes new VMMs");
                return ExitCodes.Ok;
            }, sled);
        yield return SledAdd.Make(make);
        yield return make.Verb(
            "events", "What it went through lately. Example: gantry sled events BRM42220018 | gantry sled events BRM42220018 -o json", async (s, ct) =>
            {
                var found = await SledCommands.FindAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
                var page = (await s.Client.GetAsync($"{SledCommands.Path}/{found.Text("id")}/events", ct).ConfigureAwait(false)).Body;
                await s.Names.ReadAsync(Named.Instances | Named.Users, ct).ConfigureAwait(false);
                Table.WriteList(s, [.. page.GetProperty("items").EnumerateArray()], EventColumns(s), "what", "nothing happened yet");
                return ExitCodes.Ok;
            }, sled);
        yield return Final(make, "expunge", "Says that it is gone for good; VMMs there fail. Example: gantry sled expunge BRM42220018 | gantry sled expunge BRM42220018 --confirm BRM42220018", sled);
        yield return Final(make, "remove", "Drains it, takes it out of the quorum and expunges it. Example: gantry sled remove BRM42220018 --wait=10m | gantry sled remove BRM42220018 --confirm BRM42220018", sled);
    }

    private static Command Final(CommandMaker make, string verb, string description, Argument<string> sled) =>
        make.Verb(verb, description, async (s, ct) =>
        {
            var found = await SledCommands.FindAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
            var serial = Serial(found);
            var isGentle = verb == "remove";
            s.ConfirmName($"{verb} sled {serial}", serial, await EffectsAsync(s, found, isGentle ? "is migrated" : "fails", ct).ConfigureAwait(false));
            var started = await ActAsync(s, found, verb, ct).ConfigureAwait(false);
            if (isGentle)
            {
                return await OperationWait.ForAsync(s, started, ct).ConfigureAwait(false);
            }

            s.Note($"sled {serial} is expunged");
            return ExitCodes.Ok;
        }, sled);

    private static Column[] EventColumns(Session session) =>
    [
        Column.Age(session, "AGE", "time"),
        Column.Of("WHAT", "what"),
        new("DETAIL", e => Brief.Of(e.Text("detail"), text => session.Names.Say(text))),
        session.Names.Column("CALLER", "caller", isWide: true),
        Column.Of("TIME", "time", isWide: true),
    ];

    private static async Task<IReadOnlyList<string>> EffectsAsync(Session session, JsonElement sled, string what, CancellationToken ct)
    {
        var there = await session.ListAllAsync($"{SledCommands.Path}/{sled.Text("id")}/instances", ct).ConfigureAwait(false);
        return [.. there.Take(8).Select(i => $"instance {i.Text("name")} {what}"), .. there.Count > 8 ? [$"and {there.Count - 8} more"] : (string[])[]];
    }

    private static async Task<JsonElement> ActAsync(Session session, JsonElement sled, string verb, CancellationToken ct) =>
        (await session.Client.CallAsync(
            HttpMethod.Post, $"{SledCommands.Path}/{sled.Text("id")}/{verb}", null, $"\"g{sled.Number("generation")}\"", ct).ConfigureAwait(false)).Body;

    private static string Serial(JsonElement sled) => sled.Text("baseboard.serial");
}
