using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>pool range</c>: list, add, remove.</summary>
internal static class PoolRangeCommands
{
    public static Command Make(CommandMaker make, Argument<string> pool)
    {
        var first = new Argument<string>("first") { Description = "First address." };
        var last = new Argument<string>("last") { Description = "Last address." };
        return make.Noun(
            "range",
            "Address ranges of a pool.",
            make.Verb("list", "Ranges. Example: gantry pool range list mcast | gantry pool range list mcast -o json", async (s, ct) =>
            {
                var path = await PoolCommands.OfAsync(s, pool, ct).ConfigureAwait(false);
                Table.WriteList(
                    s,
                    await s.ListAsync($"{path}/ranges", ct).ConfigureAwait(false),
                    [Column.Of("FIRST", "range.first"), Column.Of("LAST", "range.last"), Column.Age(s, "AGE", "time_created"), Column.Id("ID", "id", isWide: true)],
                    "id",
                    "no ranges; add one: gantry pool range add POOL FIRST LAST");
                return ExitCodes.Ok;
            }, pool),
            make.Verb("add", "Adds a range. Example: gantry pool range add mcast 232.1.1.0 232.1.1.255 | gantry pool range add six ff38::1 ff38::ff", (s, ct) => ChangeAsync(s, "add", pool, first, last, ct), pool, first, last),
            make.Verb("remove", "Removes a range. Example: gantry pool range remove mcast 232.1.1.0 232.1.1.255 | gantry pool range remove six ff38::1 ff38::ff", (s, ct) => ChangeAsync(s, "remove", pool, first, last, ct), pool, first, last));
    }

    private static async Task<int> ChangeAsync(
        Session session, string verb, Argument<string> pool, Argument<string> first, Argument<string> last, CancellationToken ct)
    {
        var path = await PoolCommands.OfAsync(session, pool, ct).ConfigureAwait(false);
        var body = new JsonObject { ["first"] = session.Parsed.GetRequiredValue(first), ["last"] = session.Parsed.GetRequiredValue(last) };
        await session.Client.PostAsync($"{path}/ranges/{verb}", body, ct).ConfigureAwait(false);
        var name = session.Parsed.GetRequiredValue(pool);
        session.Note($"range {body["first"]} to {body["last"]} is {(verb == "add" ? $"added to pool {name}" : $"removed from pool {name}")}");
        return ExitCodes.Ok;
    }
}
