using System.Diagnostics;
using System.Globalization;

namespace Gantry.Tests;

/// <summary>
/// A throwaway PostgreSQL server from the installed binaries, or the one that <c>GANTRY_TEST_POSTGRES</c> names by a connection string without
/// database. One per process; it goes with the process.
/// </summary>
internal sealed class TemporaryPostgres : IDisposable
{
    private const string Variable = "GANTRY_TEST_POSTGRES";

    private static readonly Lazy<TemporaryPostgres> Started = new(Start);

    private static int _databases;

    private readonly string? _folder;
    private readonly string _bin;
    private int _isRemoved;

    private TemporaryPostgres(string bin, string? folder, string server)
    {
        _bin = bin;
        _folder = folder;
        Server = server;
    }

    /// <summary>Why there is none; null when there is.</summary>
    public static string? WhyNot { get; } =
        FindBinaries() is null && Environment.GetEnvironmentVariable(Variable) is null
            ? $"needs PostgreSQL: install the Debian package postgresql, or name a server by {Variable}"
            : null;

    /// <summary>Why there is none that a test may stop and promote; null when there is.</summary>
    public static string? WhyNoOwn { get; } = FindBinaries() is null ? "needs PostgreSQL here: install the Debian package postgresql" : null;

    /// <summary>Connection string without database.</summary>
    public string Server { get; }

    /// <summary>It was started here; not one that somebody named.</summary>
    public bool IsOurs => _folder is not null;

    /// <summary>The server of this process.</summary>
    public static TemporaryPostgres Shared => Started.Value;

    /// <summary>A name that no other test has.</summary>
    public static string NewDatabaseName() =>
        string.Create(CultureInfo.InvariantCulture, $"t{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");

    /// <summary>A server of one test's own, which may do with it what it likes.</summary>
    public static TemporaryPostgres Own() => Make(FindBinaries() ?? throw new InvalidOperationException(WhyNoOwn));

    /// <summary>Restarts it as a standby: it reads and does not write.</summary>
    public void StandBy()
    {
        Control("stop", "-m", "fast");
        File.WriteAllText(Path.Combine(_folder!, "data", "standby.signal"), "");
        Control("start");
    }

    /// <summary>Ends the standby: it writes again, on the next timeline.</summary>
    public void Promote() => Control("promote");

    /// <summary>Runs <c>pg_ctl</c> on the server: <c>restart</c>, or <c>stop</c> and <c>start</c>, with a mode.</summary>
    public void Control(params string[] arguments)
    {
        if (_folder is not null)
        {
            Run(_bin, _folder, "pg_ctl", ["-D", Path.Combine(_folder, "data"), "-l", Path.Combine(_folder, "server.log"), "-w", "-t", "30", .. arguments]);
        }
    }

    private static TemporaryPostgres Start()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } server)
        {
            return new TemporaryPostgres("", null, server);
        }

        return Make(FindBinaries() ?? throw new InvalidOperationException(WhyNot));
    }

    private static TemporaryPostgres Make(string bin)
    {
        var folder = Directory.CreateTempSubdirectory("gantry-pg-").FullName;
        if (IsRoot)
        {
            Run("", folder, "/bin/chown", ["postgres:", folder], asOwner: false);
        }

        var data = Path.Combine(folder, "data");
        Run(bin, folder, "initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        var port = Ports.One();
        var fsync = Environment.GetEnvironmentVariable("PGTEST_FSYNC") ?? "off";
        File.AppendAllText(
            Path.Combine(data, "postgresql.conf"),
            $"""

            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = '{folder}'
            max_connections = 200
            shared_buffers = 128MB
            fsync = {fsync}
            full_page_writes = {fsync}
            synchronous_commit = on
            """);
        var made = new TemporaryPostgres(
            bin, folder, string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
        made.Control("start");
        return made;
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(d => Path.Combine(d, "bin")).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    public void Dispose()
    {
        if (_folder is null || Interlocked.Exchange(ref _isRemoved, 1) == 1)
        {
            return;
        }

        Control("stop", "-m", "immediate");
        Directory.Delete(_folder, recursive: true);
    }

    private static void Run(string bin, string folder, string program, string[] arguments, bool asOwner = true)
    {
        var path = Path.Combine(bin, program);

        // The server refuses to run as root.
        var start = asOwner && IsRoot
            ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = folder;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start");
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)) || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{path} {string.Join(' ', arguments)} failed; see {folder}");
        }
    }
}
