using Gantry.Cli;

using var interrupts = new Interrupts();
return await GantryApp.RunAsync(args, CliHost.OfProcess() with { Interrupts = interrupts.Fresh }, interrupts.Fresh()).ConfigureAwait(false);
