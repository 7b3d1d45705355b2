using System.Diagnostics;
using System.Globalization;

namespace Gantry.Node;

/// <summary>
/// A PostgreSQL server of the demo's own, from the binaries that are installed; loopback only. With a kept data folder it is kept there, else
/// it goes at the end.
/// </summary>
internal sealed class DemoPostgres : IAsyncDisposable
{
    /// <summary>The word on the command line.</summary>
    public const string Temporary = "temporary";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _bin;
    private readonly string _folder;
    private readonly bool _isKept;

    private DemoPostgres(string bin, string folder, int port, bool isKept)
    {
        (_bin, _folder, _isKept) = (bin, folder, isKept);
        Connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");
    }

    /// <summary>How nodes reach it.</summary>
    public string Connection { get; }

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts one.</summary>
    /// <exception cref="DemoFailedException">No binaries are installed, or they do not start.</exception>
    public static async Task<DemoPostgres> StartAsync(string folder, int port, bool isKept, CancellationToken ct)
    {
        var bin = FindBinaries() ?? throw new DemoFailedException(
            "no PostgreSQL is installed in /usr/lib/postgresql; install the Debian package postgresql, or name a server: --postgres \"Host=...;Username=...\"");
        Directory.CreateDirectory(folder);
        var server = new DemoPostgres(bin, folder, port, isKept);
        if (!File.Exists(Path.Combine(server.Data, "PG_VERSION")))
        {
            await server.InitAsync(ct).ConfigureAwait(false);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "demo.conf"), server.Settings(port), ct).ConfigureAwait(false);
        await server.RunAsync("pg_ctl", ["-D", server.Data, "-l", Path.Combine(folder, "server.log"), "-w", "-t", "30", "start"], ct).ConfigureAwait(false);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await RunAsync("pg_ctl", ["-D", Data, "-m", _isKept ? "fast" : "immediate", "-w", "-t", "3", "stop"], CancellationToken.None).ConfigureAwait(false);
        }
        catch (DemoFailedException)
        {
            // It has stopped by itself, or will not: there is nobody left to tell.
        }
    }

    private static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Select(d => Path.Combine(d, "bin"))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    private string Settings(int port) => string.Create(CultureInfo.InvariantCulture, $"""
        listen_addresses = '127.0.0.1'
        port = {port}
        unix_socket_directories = ''
        max_connections = 200
        shared_buffers = 128MB

        """);

    private async Task InitAsync(CancellationToken ct)
    {
        if (IsRoot)
        {
            // The server refuses to run as root; it runs as the user that its package made.
            await StartAsync("/bin/chown", ["postgres:", _folder], ct).ConfigureAwait(false);
        }

        await RunAsync("initdb", ["-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], ct).ConfigureAwait(false);
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), "include '../demo.conf'\n", ct).ConfigureAwait(false);
    }

    private Task RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        var path = Path.Combine(_bin, program);
        return IsRoot ? StartAsync("runuser", ["-u", "postgres", "--", path, .. arguments], ct) : StartAsync(path, arguments, ct);
    }

    private async Task StartAsync(string program, string[] arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Patience);
        using var process = Process.Start(start) ?? throw new DemoFailedException($"{program} did not start");

        // Not its output: the server inherits it from pg_ctl and keeps it open.
        await process.WaitForExitAsync(late.Token).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new DemoFailedException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}; see {_folder}");
        }
    }
}
