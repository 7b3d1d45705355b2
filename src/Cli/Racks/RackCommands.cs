using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>rack</c>: list, show.</summary>
internal static class RackCommands
{
    public const string Path = "/v1/system/hardware/racks";

    public static Command Make(CommandMaker make)
    {
        var rack = new Argument<string>("rack") { Description = "Id, or 4 or more of its first characters." };
        return make.Noun(
            "rack",
            "Racks.",
            make.Verb("list", "Racks. Example: gantry rack list -o wide", async (s, ct) =>
            {
                Table.WriteList(s, await s.ListAsync(Path, ct).ConfigureAwait(false), Columns(s), "id", "no rack yet: declare one in gantry.racks");
                return ExitCodes.Ok;
            }),
            make.Verb("show", "One rack.", async (s, ct) =>
            {
                var all = await s.ListAllAsync(Path, ct).ConfigureAwait(false);
                Table.WriteObject(s, Finder.One("rack", s.Parsed.GetRequiredValue(rack), all, "id"), "id", Columns(s));
                return ExitCodes.Ok;
            }, rack));
    }

    private static Column[] Columns(Session session) =>
        [Column.Id("ID", "id"), Column.Of("SUBNET", "subnet"), Column.Age(session, "AGE", "time_created")];
}
