using System.Diagnostics;
using System.Globalization;
using Shouldly;

namespace Gantry.Chaos;

/// <summary>
/// A disk of some megabytes that only the commands given here see: a file system of the system's own, in a mount namespace of a shell. It is gone
/// with the shell. Nodes started here are reached over the network like any other.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const string Exit = "exit-code ";

    private static readonly Lazy<string[]?> s_unshare = new(FindUnshare);

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-disk-").FullName;
    private readonly Process _shell;
    private int _commands;

    private SmallDisk()
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(_folder, "disk")).FullName;
        _shell = Process.Start(Shell(["sh"]))!; // not null: nothing is run by the system's shell
    }

    /// <summary>Where it is mounted, for the commands.</summary>
    public string Path { get; }

    /// <summary>What the node has printed.</summary>
    public string NodeOutput => File.Exists(NodeLog) ? File.ReadAllText(NodeLog) : "";

    /// <summary>How this user gets a mount namespace; null when nobody gives one.</summary>
    internal static string[]? Unshare => s_unshare.Value;

    private string NodeLog => System.IO.Path.Combine(_folder, "node.log");

    public static async Task<SmallDisk> MountAsync(string size)
    {
        var disk = new SmallDisk();
        await disk.MustAsync($"mount -t tmpfs -o size={size} tmpfs {disk.Path} && node=; trap '[ -z \"$node\" ] || kill -9 $node' EXIT");
        return disk;
    }

    /// <summary>Takes all the room that is left.</summary>
    public async Task FillAsync() => await RunAsync($"cat /dev/zero > {Path}/filler");

    public Task MakeRoomAsync() => MustAsync($"rm {Path}/filler");

    /// <summary>Starts a node on the disk; it goes on beside the commands.</summary>
    public Task StartNodeAsync(string arguments) => MustAsync($"{Node(arguments)} > {NodeLog} 2>&1 < /dev/null & node=$!");

    public Task KillNodeAsync() => MustAsync("kill -9 $node; wait $node; node=; true");

    /// <summary>The program, to its end.</summary>
    public Task<(int Exit, string Output)> RunNodeAsync(string arguments) => RunAsync(Node(arguments));

    public async Task MustAsync(string command)
    {
        var (exit, output) = await RunAsync(command);
        exit.ShouldBe(0, $"{command}: {output}");
    }

    /// <summary>Runs a command in the shell; its exit code and all that it said.</summary>
    public async Task<(int Exit, string Output)> RunAsync(string command)
    {
        var said = System.IO.Path.Combine(_folder, $"said-{++_commands}");
        await _shell.StandardInput.WriteLineAsync($"{{ {command}\n}} > {said} 2>&1; echo \"{Exit}$?\"");
        await _shell.StandardInput.FlushAsync();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (await _shell.StandardOutput.ReadLineAsync(late.Token) is { } line)
        {
            if (line.StartsWith(Exit, StringComparison.Ordinal))
            {
                return (int.Parse(line[Exit.Length..], CultureInfo.InvariantCulture), await File.ReadAllTextAsync(said, late.Token));
            }
        }

        throw new InvalidOperationException($"the shell ended in: {command}");
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Node(string arguments) => $"dotnet {System.IO.Path.Combine(AppContext.BaseDirectory, "Gantry.Node.dll")} {arguments}";

    private static string[]? FindUnshare()
    {
        foreach (var flag in new[] { "-m", "-rm" })
        {
            try
            {
                var start = new ProcessStartInfo("unshare") { ArgumentList = { flag, "mount", "-t", "tmpfs", "tmpfs", "/mnt" }, RedirectStandardError = true, UseShellExecute = false };
                using var attempt = Process.Start(start)!; // not null: nothing is run by the system's shell
                attempt.WaitForExit();
                if (attempt.ExitCode == 0)
                {
                    return ["unshare", flag];
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return null;
            }
        }

        return null;
    }

    private ProcessStartInfo Shell(string[] command)
    {
        var start = new ProcessStartInfo(Unshare![0])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var argument in Unshare.Skip(1).Concat(command))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
