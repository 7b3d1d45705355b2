using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>quorum</c>: the rack's shared secret and who holds it.</summary>
internal static class QuorumCommands
{
    public static Command Make(CommandMaker make) => make.Noun(
        "quorum",
        "The rack's shared secret: who holds it, and changes of that.",
        QuorumLooks.Status(make),
        QuorumLooks.Show(make),
        QuorumChanges.Add(make),
        QuorumChanges.Remove(make),
        QuorumChanges.Abort(make),
        QuorumChanges.Recover(make),
        QuorumChanges.Upgrade(make),
        QuorumLooks.History(make),
        QuorumLooks.Alarms(make));
}
