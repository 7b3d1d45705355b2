using System.CommandLine;

namespace Gantry.Node;

/// <summary><c>demo</c>: a whole rack on this machine.</summary>
internal static class DemoCommand
{
    private const int PortsNeeded = 120;
    private const int NodesMax = 5;

    public static Command Create()
    {
        var defaults = new DemoOptions();
        var sleds = Usage.Number("--sleds", "Sleds that carry instances, 3 to 31; one spare is added.", defaults.Sleds, 3, 31);
        var seed = Usage.Number("--seed", "The same seed gives the same rack.", defaults.Seed, 0, int.MaxValue);
        var port = Usage.Number("--port", "First port; all others count up from it.", defaults.Port, 1024, 65_535 - PortsNeeded - (NodesMax * DemoPorts.NodeStep));
        var nodes = Usage.Number("--nodes", "Nodes, each a process of its own; more than one need --postgres.", defaults.Nodes, 1, NodesMax);
        var postgres = new Option<string?>("--postgres") { Description = "A connection string, or temporary: a server from the installed binaries." };
        var data = new Option<string?>("--data") { Description = "Data folder to keep; without it a temporary one that goes at the end." };
        var faults = Usage.OneOf<FaultWeather>("--faults", "How much goes wrong by itself: calm, rough or storm.");
        var lrtq = new Option<bool>("--lrtq") { Description = "Begin as a rack of the older scheme: try gantry quorum upgrade-lrtq." };
        var exit = new Option<bool>("--exit-when-ready") { Description = "Stop as soon as every tick is there." };
        var command = new Command("demo", "Starts a whole rack on this machine: one node or several, two switches, sleds; loopback only.")
        {
            sleds, seed, port, nodes, postgres, data, faults, lrtq, exit,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(nodes) > 1 && result.GetValue(postgres) is null)
            {
                result.AddError($"{result.GetValue(nodes)} nodes need a database that they share: add --postgres temporary, or --postgres \"Host=...;Username=...\"");
            }
        });
        command.SetAction((parsed, ct) => DemoRun.RunAsync(
            new DemoOptions
            {
                Sleds = parsed.GetValue(sleds),
                Seed = parsed.GetValue(seed),
                Port = parsed.GetValue(port),
                Nodes = parsed.GetValue(nodes),
                Postgres = parsed.GetValue(postgres),
                DataFolder = parsed.GetValue(data),
                Faults = parsed.GetValue(faults),
                IsLrtq = parsed.GetValue(lrtq),
                ExitWhenReady = parsed.GetValue(exit),
            },
            ct));
        return command;
    }
}
