using System.CommandLine;
using Gantry.Node;

var root = new RootCommand("Gantry: the control plane of a rack-scale computer.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
    HealthCommand.Create(),
    SimCommand.Create(),
    StoreCommand.Create(),
    CertificatesCommand.Create(),
};

// A stop runs within the node's own budget (gantry.host.stop_budget); the parser's two seconds would cut it off.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(65) };
var parsed = root.Parse(args);
if (Usage.WhyNot(parsed) is { } wrong)
{
    await Console.Error.WriteLineAsync(wrong).ConfigureAwait(false);
    return Usage.ExitCode;
}

return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
