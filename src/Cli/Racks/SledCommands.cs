using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>sled</c>: list, show; what is done with one is in <see cref="SledActions"/>.</summary>
internal static class SledCommands
{
    public const string Path = "/v1/system/hardware/sleds";

    public static Command Make(CommandMaker make)
    {
        var sled = new Argument<string>("sled") { Description = "Serial or id, or 4 or more of its first characters." };
        return make.Noun(
            "sled",
            "Sleds.",
            [.. SledActions.Make(make, sled),
            Kind.ListVerb(make, "Sleds in service. Example: gantry sled list --columns SERIAL,MEM | gantry sled list --sort-by mem:desc --watch"),
            make.Verb("show", "One sled, expunged ones by id. Example: gantry sled show BRM42220016 | gantry sled show BRM4222 -o yaml", async (s, ct) =>
            {
                var found = await FindAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
                await Kind.ReadBesideAsync(s, ct).ConfigureAwait(false);
                Table.WriteObject(s, found, "baseboard.serial", Columns(s));
                return ExitCodes.Ok;
            }, sled)]);
    }

    public static async Task<JsonElement> FindAsync(Session session, string word, CancellationToken ct)
    {
        if (Guid.TryParse(word, out var id))
        {
            return (await session.Client.GetAsync($"{Path}/{id}", ct).ConfigureAwait(false)).Body;
        }

        return Finder.One("sled", word, await session.ListAllAsync(Path, ct).ConfigureAwait(false), "baseboard.serial", "id");
    }

    /// <summary><c>healthy</c>, <c>unreachable</c>, or <c>unknown</c> when it never answered.</summary>
    public static string Health(Session session, JsonElement sled) => Silence.Of(session, sled.Time("time_inventoried"), "healthy");

    /// <summary>How sleds are listed and found.</summary>
    public static readonly ObjectKind Kind = new("sled", Path, Columns)
    {
        NameOf = "baseboard.serial",
        Keys = ["baseboard.serial", "id"],
        Order = sleds => sleds.OrderBy(s => s.Number("slot") ?? long.MaxValue).ThenBy(s => s.Text("baseboard.serial"), StringComparer.Ordinal),
        Beside = async (s, ct) =>
        {
            await s.Placement.ReadAsync(ct).ConfigureAwait(false);
            await s.QuorumMarks.ReadAsync(ct).ConfigureAwait(false);
        },
        WhenEmpty = "no sled yet: sleds announce themselves on the internal listener",
    };

    private static Column[] Columns(Session session) =>
    [
        Column.Of("SERIAL", "baseboard.serial"),
        Column.Of("CUBBY", "slot"),
        new("POLICY", s => Policy(s)),
        new("HEALTH", s => Health(session, s)),
        new("INSTANCES", s => session.Placement.CountOn(s.Text("id"))),
        new("CPU", s => Share(s.Number("threads_reserved"), s.Number("usable_hardware_threads"))),
        new("MEM", s => Share(s.Number("reservoir_reserved"), s.Number("reservoir_size"))),
        new("QUORUM", s => session.QuorumMarks.Of(s.Text("baseboard.serial"))),
        Column.Of("GEN", "generation"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Of("ROLE", "role", isWide: true),
        Column.Of("PLATFORM", "cpu_family", isWide: true),
        Column.Of("ADDRESS", "address", isWide: true),
    ];

    private static string Policy(JsonElement sled) => sled.Text("policy.kind") == "expunged"
        ? "expunged"
        : sled.Text("policy.provision_policy") == "provisionable" ? "in-service" : "no-provision";

    private static string Share(long? part, long? whole) => part is { } used && whole is > 0 and var all ? $"{100 * used / all}%" : JsonText.None;
}
