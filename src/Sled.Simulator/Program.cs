using System.Globalization;
using Gantry.Sled.Simulator;

// Stand-alone: dotnet run --project src/Sled.Simulator -- --port 12345 --slot 0 --control-plane http://127.0.0.1:8481
if (CommandLine.WhyNot(args) is { } wrong)
{
    await Console.Error.WriteLineAsync($"{wrong}\n{CommandLine.Usage}").ConfigureAwait(false);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });
using var loggers = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Information));
try
{
    var simulator = await SledSimulator.StartAsync(
        CommandLine.Read(args), CommandLine.Clock(args), loggers, stop.Token).ConfigureAwait(false);
    await using (simulator.ConfigureAwait(false))
    {
        foreach (var sled in simulator.Sleds)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sled {sled.Serial} slot {sled.Slot} {sled.Address}"));
        }

        Console.WriteLine($"gateway {simulator.Gateway}");
        Console.WriteLine($"control {simulator.Control}");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}; --port, --gateway-port and --control-port change the ports").ConfigureAwait(false);
    return 1;
}
