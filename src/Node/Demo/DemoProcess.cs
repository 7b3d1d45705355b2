using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gantry.Node;

/// <summary>A node in a process of its own. It stops when its standard input closes, so that it never outlives the demo.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private const int LinesKept = 20;

    // A node that stops hands over for a second at most (DemoSettings), then ends within its own budget.
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(3.5);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly StreamWriter _log;
    private readonly Lock _gate = new();

    private DemoProcess(Process process, string log)
    {
        _process = process;
        _log = new StreamWriter(log) { AutoFlush = true };
        _process.OutputDataReceived += (_, e) => Note(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Why it is not there any more; null while it is.</summary>
    public string? WhyEnded => _process.HasExited ? $"it ended with {_process.ExitCode}: {string.Join('\n', _said)}" : null;

    public int Id => _process.Id;

    public static DemoProcess Start(IEnumerable<KeyValuePair<string, string>> settings, string token, string log)
    {
        var program = Environment.ProcessPath ?? throw new DemoFailedException("this program does not know its own path");
        var config = Path.ChangeExtension(log, ".conf");
        File.WriteAllText(config, "# A node of a demo; its settings came by the command line.\n");
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(DemoProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. self, "run", "--config", config, "--until-input-ends", .. settings.SelectMany(s => new[] { "--set", $"{s.Key}={s.Value}" })])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Not on the command line, which every user of the machine can read.
        start.Environment["GANTRY__BOOTSTRAP__TOKEN"] = token;
        var process = Process.Start(start) ?? throw new DemoFailedException("a node did not start");
        return new DemoProcess(process, log);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(StopWithin, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
        lock (_gate)
        {
            _log.Dispose();
        }
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        _said.Enqueue(line);
        while (_said.Count > LinesKept)
        {
            _said.TryDequeue(out _);
        }

        lock (_gate)
        {
            if (_log.BaseStream.CanWrite)
            {
                _log.WriteLine(line);
            }
        }
    }
}
