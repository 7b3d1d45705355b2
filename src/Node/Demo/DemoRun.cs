using Gantry.Primitives;

namespace Gantry.Node;

/// <summary>One demo from the first line on the screen to the last file removed.</summary>
internal static class DemoRun
{
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken ct)
    {
        var ports = new DemoPorts(options.Port);
        if (ports.FirstTaken(options.Sleds + 1, options.Nodes) is { } taken)
        {
            await Console.Error.WriteLineAsync(
                $"error: port {taken} is in use\n  the demo takes {ports.External} to {ports.Sled(options.Sleds)} on loopback\n"
                + $"  next: choose another first port, for example --port {options.Port + 1_000}").ConfigureAwait(false);
            return StartFailure.ExitCode;
        }

        var folder = options.DataFolder ?? Path.Combine(Path.GetTempPath(), $"gantry-demo-{SystemRandomSource.Instance.NewGuid():N}");
        if (WhyNoFolder(folder) is { } why)
        {
            await Console.Error.WriteLineAsync(
                $"error: the data folder {folder} cannot be used: {why}\n  next: name another one with --data").ConfigureAwait(false);
            return StartFailure.ExitCode;
        }

        try
        {
            await ServeAsync(options, ports, folder, ct).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return 0;
        }
        catch (DemoFailedException e)
        {
            await Console.Error.WriteLineAsync($"error: the demo did not come up: {e.Message}").ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } text)
        {
            await Console.Error.WriteLineAsync(text).ConfigureAwait(false);
            return StartFailure.ExitCode;
        }
        finally
        {
            if (options.DataFolder is null && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static string? WhyNoFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
    }

    private static async Task ServeAsync(DemoOptions options, DemoPorts ports, string folder, CancellationToken ct)
    {
        var screen = new DemoScreen(Console.Out, TimeProvider.System);
        screen.Title(options.DataFolder);
        using var loggers = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Critical).AddSimpleConsole());
        var rack = await DemoRack.StartAsync(options, ports, folder, loggers, ct).ConfigureAwait(false);
        await using var rackScope = rack.ConfigureAwait(false);

        var token = DemoSettings.Token(options.Seed);
        var nodes = await DemoNodes.StartAsync(options, ports, folder, token, ct).ConfigureAwait(false);
        await using var nodesScope = nodes.ConfigureAwait(false);
        screen.Tick("cluster", nodes.Says);

        using var api = new DemoApi(new Uri($"http://127.0.0.1:{ports.External}"), token);
        var steps = new DemoSteps(api, screen, TimeProvider.System);
        await steps.SwitchesAsync(ct).ConfigureAwait(false);
        await steps.SledsAsync(options.Sleds, ct).ConfigureAwait(false);
        using var admin = new DemoApi(new Uri($"http://127.0.0.1:{ports.Admin}"), token);
        await DemoQuorum.FormAsync(api, admin, screen, rack, DemoRack.RackId(options.Seed), TimeProvider.System, ct).ConfigureAwait(false);
        await steps.InstancesAsync(ct).ConfigureAwait(false);
        await steps.GroupsAsync(ct).ConfigureAwait(false);
        Invite(screen, options, ports, token, rack, nodes);
        if (!options.ExitWhenReady)
        {
            await UntilInterruptedAsync(options, ports, ct).ConfigureAwait(false);
        }
    }

    private static async Task UntilInterruptedAsync(DemoOptions options, DemoPorts ports, CancellationToken ct)
    {
        var weather = new DemoWeather(options.Faults, options.Seed, new Uri($"http://127.0.0.1:{ports.Control}"), TimeProvider.System);
        try
        {
            await Task.WhenAll(weather.RunAsync(ct), Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Ctrl-C is how a demo ends; what follows is the ordinary stop.
        }
    }

    private static void Invite(DemoScreen screen, DemoOptions options, DemoPorts ports, string token, DemoRack rack, DemoNodes nodes)
    {
        screen.Line();
        screen.Line($"  API       http://127.0.0.1:{ports.External}/v1           document at /openapi/v1.json");
        screen.Line($"  CLI       export GANTRY_HOST=http://127.0.0.1:{ports.External} GANTRY_TOKEN={token}");
        if (nodes.Processes.Count > 1)
        {
            screen.Line($"  nodes     {string.Join(", ", nodes.Processes.Select((id, n) => $"{DemoSettings.NodeName(n)} port {ports.Node(n).External} pid {id}"))}");
        }

        screen.Line();
        screen.Line("Try: gantry status");
        if (nodes.Processes.Count > 1)
        {
            screen.Line($"     kill -9 {nodes.Processes[^1]}; gantry cluster show      (its shards move within 5 s)");
        }

        screen.Line("     gantry group tree telemetry-a");
        screen.Line($"     gantry quorum add {rack.Sleds.Sleds[^1].Serial} --wait      (a spare sled, seen and waiting)");
        screen.Line($"     curl -X POST http://127.0.0.1:{ports.Control}/control/switch0/restart && gantry group verify --all");
        screen.Line($"Seed {options.Seed}. The same seed gives the same rack.");
    }
}
