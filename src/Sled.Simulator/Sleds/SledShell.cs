namespace Gantry.Sled.Simulator;

/// <summary>What a sled shares with the others of its process.</summary>
/// <param name="Options">Options of the process.</param>
/// <param name="Time">Clock.</param>
/// <param name="Http">Client to the control plane.</param>
/// <param name="Loggers">Logs.</param>
internal sealed record SledShell(SledSimulatorOptions Options, TimeProvider Time, HttpClient Http, ILoggerFactory Loggers);
