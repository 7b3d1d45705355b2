using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>rack</c>: list, show, elevation.</summary>
internal static class RackCommands
{
    public const string Path = "/v1/system/hardware/racks";

    public static Command Make(CommandMaker make)
    {
        var rack = new Argument<string>("rack") { Description = "Id, or 4 or more of its first characters." };
        return make.Noun(
            "rack",
            "Racks.",
            Kind.ListVerb(make, "Racks. Example: gantry rack list | gantry rack list -o json"),
            make.Verb("show", "One rack. Example: gantry rack show 1f2e | gantry rack show 1f2e -o yaml", async (s, ct) =>
            {
                var all = await s.ListAllAsync(Path, ct).ConfigureAwait(false);
                Table.WriteObject(s, Finder.One("rack", s.Parsed.GetRequiredValue(rack), all, "id"), "id", Columns(s));
                return ExitCodes.Ok;
            }, rack),
            RackElevation.Make(make));
    }

    /// <summary>How racks are listed and found.</summary>
    public static readonly ObjectKind Kind = new("rack", Path, Columns)
    {
        NameOf = "id", Keys = ["id"], IsWatchable = false, WhenEmpty = "no rack yet: declare one in gantry.racks",
    };

    private static Column[] Columns(Session session) =>
        [Column.Id("ID", "id"), Column.Of("SUBNET", "subnet"), Column.Age(session, "AGE", "time_created")];
}
