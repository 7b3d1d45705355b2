using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>switch</c>: list, show; looks at one as it is now are in <see cref="SwitchLooks"/>.</summary>
internal static class SwitchCommands
{
    public const string Path = "/v1/system/hardware/switches";

    public static Command Make(CommandMaker make)
    {
        var name = new Argument<string>("switch") { Description = "Slot (0 or 1), serial or id, or 4 or more of their first characters." };
        return make.Noun(
            "switch",
            "Switches: what they are, and what they hold now.",
            [Kind.ListVerb(make, "Switches. Example: gantry switch list -o wide | gantry switch list --watch"),
            make.Verb("show", "One switch. Example: gantry switch show 0 | gantry switch show switch1 -o yaml", async (s, ct) =>
            {
                Table.WriteObject(s, await FindAsync(s, s.Parsed.GetRequiredValue(name), ct).ConfigureAwait(false), "id", Columns(s));
                return ExitCodes.Ok;
            }, name), .. SwitchLooks.Make(make, name)]);
    }

    /// <summary>The switch that a person named: by slot, as <c>0</c> or <c>switch0</c>, by serial or by id.</summary>
    public static async Task<JsonElement> FindAsync(Session session, string word, CancellationToken ct)
    {
        var all = await session.ListAllAsync(Path, ct).ConfigureAwait(false);
        return Finder.One("switch", word.StartsWith("switch", StringComparison.Ordinal) && word.Length == "switch0".Length ? word[^1..] : word, all, Kind.Keys);
    }

    /// <summary><c>up</c>, <c>unreachable</c>, or <c>unknown</c> when it never answered.</summary>
    public static string Health(Session session, JsonElement one) => Silence.Of(session, one.Time("time_collected"), "up");

    /// <summary>How switches are listed and found.</summary>
    public static readonly ObjectKind Kind = new("switch", Path, Columns)
    {
        NameOf = "id",
        Keys = ["slot", "baseboard.serial", "id"],
        Order = switches => switches.OrderBy(x => x.Number("slot")),
        WhenEmpty = "no switch yet: declare them in gantry.racks",
    };

    private static Column[] Columns(Session session) =>
    [
        Column.Of("SLOT", "slot"),
        Column.Of("SERIAL", "baseboard.serial"),
        Column.Of("ADDRESS", "address"),
        new("HEALTH", s => Health(session, s)),
        Column.Of("REAR-PORTS", "rear_port_count"),
        Column.Age(session, "SEEN", "time_collected"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Id("RACK", "rack_id", isWide: true),
    ];
}
