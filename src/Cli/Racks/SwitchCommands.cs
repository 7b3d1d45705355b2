using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>switch</c>: list, show.</summary>
internal static class SwitchCommands
{
    public const string Path = "/v1/system/hardware/switches";

    public static Command Make(CommandMaker make)
    {
        var name = new Argument<string>("switch") { Description = "Slot (0 or 1), serial or id, or 4 or more of their first characters." };
        return make.Noun(
            "switch",
            "Switches.",
            make.Verb("list", "Switches. Example: gantry switch list -o wide", async (s, ct) =>
            {
                var all = await s.ListAsync(Path, ct).ConfigureAwait(false);
                Table.WriteList(s, [.. all.OrderBy(x => x.Number("slot"))], Columns(s), "id", "no switch yet: declare them in gantry.racks");
                return ExitCodes.Ok;
            }),
            make.Verb("show", "One switch. Example: gantry switch show 0", async (s, ct) =>
            {
                var all = await s.ListAllAsync(Path, ct).ConfigureAwait(false);
                var word = s.Parsed.GetRequiredValue(name);
                word = word.StartsWith("switch", StringComparison.Ordinal) && word.Length == "switch0".Length ? word[^1..] : word;
                Table.WriteObject(s, Finder.One("switch", word, all, "slot", "baseboard.serial", "id"), "id", Columns(s));
                return ExitCodes.Ok;
            }, name));
    }

    private static Column[] Columns(Session session) =>
    [
        Column.Of("SLOT", "slot"),
        Column.Of("SERIAL", "baseboard.serial"),
        Column.Of("ADDRESS", "address"),
        Column.Of("REAR-PORTS", "rear_port_count"),
        Column.Age(session, "SEEN", "time_collected"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Id("RACK", "rack_id", isWide: true),
    ];
}
