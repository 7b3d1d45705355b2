using System.Diagnostics;

namespace Gantry.Bench;

/// <summary>Processor time of one command in microseconds: of this process, callers included, and of the server.</summary>
internal readonly record struct Cost(double Process, double Server);

/// <summary>Measures <see cref="Cost"/>.</summary>
internal sealed class CostMeter(ServerTime server)
{
    private readonly TimeSpan _process = Own();
    private readonly TimeSpan _server = server.Total();

    public static async Task<CostMeter> StartAsync(string database, CancellationToken ct) => new(await ServerTime.OfAsync(database, ct));

    /// <summary>Since it began.</summary>
    public Cost Per(long commands) => new(
        (Own() - _process).TotalMicroseconds / Math.Max(1, commands), (server.Total() - _server).TotalMicroseconds / Math.Max(1, commands));

    private static TimeSpan Own()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
