using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>vmm</c>: list, show.</summary>
internal static class VmmCommands
{
    public const string Path = "/v1/system/vmms";

    private static readonly ObjectKind s_kind = new("vmm", Path, Columns)
    {
        NameOf = "id",
        Keys = ["id"],
        WhenEmpty = "no VMMs; start an instance: gantry instance start NAME",
        IsWatchable = false,
        Beside = (s, ct) => s.Names.ReadAsync(Named.Sleds | Named.Instances, ct),
    };

    public static Command Make(CommandMaker make) => make.Noun(
        "vmm",
        "VMMs: one running incarnation of an instance each.",
        s_kind.ListVerb(make, "VMMs that are not torn down. Example: gantry vmm list -o wide | gantry vmm list --filter state=running"),
        s_kind.ShowVerb(
            make, "One VMM. Example: gantry vmm show 3f2a91c0 | gantry vmm show 3f2a91c0 -o yaml",
            new Argument<string>("vmm") { Description = "Id, or 4 or more of its first characters." }));

    private static Column[] Columns(Session session) =>
    [
        Column.Id("ID", "id"),
        Column.Of("STATE", "state"),
        Column.Of("GEN", "gen"),
        session.Names.Column("INSTANCE", "instance_id"),
        session.Names.Column("SLED", "sled_id"),
        Column.Age(session, "SINCE", "time_state_updated"),
        Column.Age(session, "AGE", "time_created"),
        Column.Of("FAILURE", "failure_reason", isWide: true),
        Column.Of("PLATFORM", "cpu_platform", isWide: true),
        Column.Of("ADDRESS", "propolis_ip", isWide: true),
    ];
}
