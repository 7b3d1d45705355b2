using System.CommandLine;
using Gantry.Node;

var root = new RootCommand("Gantry: the control plane of a rack-scale computer.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
    HealthCommand.Create(),
};
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
