using Gantry.Cli;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupt.Cancel();
};
return await GantryApp.RunAsync(args, CliHost.OfProcess(), interrupt.Token).ConfigureAwait(false);
