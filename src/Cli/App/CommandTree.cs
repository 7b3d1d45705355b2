using System.CommandLine;

namespace Gantry.Cli;

/// <summary>All nouns and verbs.</summary>
internal static class CommandTree
{
    public static RootCommand Build(CliHost host, GlobalOptions options, out CommandMaker make)
    {
        var root = new RootCommand("Operates a Gantry rack.");
        options.AddTo(root);
        make = new CommandMaker(host, options);
        root.Subcommands.Add(StatusCommand.Make(make));
        root.Subcommands.Add(ContextCommands.Make(make));
        root.Subcommands.Add(RackCommands.Make(make));
        root.Subcommands.Add(SledCommands.Make(make));
        root.Subcommands.Add(SwitchCommands.Make(make));
        root.Subcommands.Add(InstanceCommands.Make(make));
        root.Subcommands.Add(VmmCommands.Make(make));
        root.Subcommands.Add(PoolCommands.Make(make));
        root.Subcommands.Add(GroupCommands.Make(make));
        root.Subcommands.Add(IpCommands.Make(make));
        root.Subcommands.Add(QuorumCommands.Make(make));
        root.Subcommands.Add(OperationCommands.Make(make));
        root.Subcommands.Add(EventCommands.Make(make));
        root.Subcommands.Add(ProjectCommands.Make(make));
        root.Subcommands.Add(SiloCommands.Make(make));
        root.Subcommands.Add(BundleCommands.Make(make));
        root.Subcommands.Add(LoginCommands.Login(make));
        root.Subcommands.Add(LoginCommands.Logout(make));
        root.Subcommands.Add(LoginCommands.WhoAmI(make));
        root.Subcommands.Add(PromptLoop.Make(make));
        root.Subcommands.Add(ExplainCommand.Make(make));
        root.Subcommands.Add(ApiCommand.Make(make));
        root.Subcommands.Add(CompletionCommand.Make(make, root));
        root.Subcommands.Add(VersionCommand.Make(make));
        root.Subcommands.Add(LiveNamesCommand.Make(make));
        HelpScreen.Install(root, make);
        return root;
    }
}
