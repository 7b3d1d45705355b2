using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Gantry.Primitives;
using Gantry.Switch.Simulator;

// Stand-alone: dotnet run --project src/Switch.Simulator -- --port 12224 --slot 0 --control 8490 [--seed 1] [--faithful 1] [--clock virtual] [--listen [::1]:12225]
var options = new SwitchSimulatorOptions();
for (var i = 0; i < args.Length; i += 2)
{
    if (args[i] == "--clock")
    {
        if (args.ElementAtOrDefault(i + 1) is not ("real" or "virtual") and var clock)
        {
            return Usage($"--clock takes real or virtual, not \"{clock}\"");
        }

        options = options with { Time = args[i + 1] == "virtual" ? new VirtualClock(TimeProvider.System.GetUtcNow(), flows: false) : TimeProvider.System };
        continue;
    }

    if (args[i] == "--listen")
    {
        if (!IPEndPoint.TryParse(args.ElementAtOrDefault(i + 1) ?? "", out var point))
        {
            return Usage("--listen takes an address with a port, for example [::1]:12225");
        }

        options = options with { Listen = [.. options.Listen, point] };
        continue;
    }

    if (i + 1 >= args.Length || !ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > int.MaxValue)
    {
        return Usage($"{args[i]} needs a number");
    }

    var number = (int)value;
    switch (args[i])
    {
        case "--port" when number <= ushort.MaxValue:
            options = options with { Port = number };
            break;
        case "--control" when number <= ushort.MaxValue:
            options = options with { ControlPort = number };
            break;
        case "--slot" when number <= 1:
            options = options with { Slot = number };
            break;
        case "--seed":
            options = options with { Seed = value };
            break;
        case "--faithful" when number <= 1:
            options = options with { Mode = number == 1 ? SwitchMode.Faithful : SwitchMode.Strict };
            break;
        default:
            return Usage($"{args[i]} {number} is not understood");
    }
}

try
{
    var simulator = await SwitchSimulator.StartAsync(options).ConfigureAwait(false);
    await using var stopLast = simulator.ConfigureAwait(false);
    Console.WriteLine($"switch {options.Slot}: daemon at {simulator.Address}, control at {simulator.ControlAddress}control/state");
    var stopped = new TaskCompletionSource();
    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stopped.TrySetResult();
    }

    using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    await stopped.Task.ConfigureAwait(false);
    return 0;
}
catch (IOException e)
{
    Console.Error.WriteLine($"cannot listen: {e.Message}. Choose other ports with --port and --control.");
    return 1;
}

static int Usage(string problem)
{
    Console.Error.WriteLine($"{problem}; usage: --port N --slot 0|1 --control N --seed N --faithful 0|1 --clock real|virtual --listen ADDRESS:PORT");
    return 2;
}
