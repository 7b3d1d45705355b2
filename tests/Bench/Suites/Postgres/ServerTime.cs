using System.Globalization;
using Npgsql;

namespace Gantry.Bench;

/// <summary>
/// Processor time of a server on this machine, all of its processes together, those that are over included: what is measured in it hardly
/// depends on what else the machine does.
/// </summary>
internal sealed class ServerTime
{
    private const double TicksPerSecond = 100;

    // Places in /proc/<pid>/stat after the name.
    private const int Parent = 1, User = 11, System = 12, UserOfEnded = 13, SystemOfEnded = 14;

    private readonly long _server;

    private ServerTime(long server) => _server = server;

    public static async Task<ServerTime> OfAsync(string database, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false;Application Name=bench");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        var own = Convert.ToInt64(await command.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
        return new ServerTime(Fields(own) is { } fields ? fields[Parent] : 0);
    }

    /// <summary>So far; zero when the server is on another machine.</summary>
    public TimeSpan Total()
    {
        if (Fields(_server) is not { } own)
        {
            return TimeSpan.Zero;
        }

        var ticks = own[User] + own[System] + own[UserOfEnded] + own[SystemOfEnded];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (long.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                && Fields(process) is { } fields && fields[Parent] == _server)
            {
                ticks += fields[User] + fields[System];
            }
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    // Null: there is no such process (any more).
    private static long[]? Fields(long process)
    {
        try
        {
            var line = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var parts = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return [.. parts.Skip(1).Prepend("0").Select(p => long.TryParse(p, CultureInfo.InvariantCulture, out var n) ? n : 0)];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
