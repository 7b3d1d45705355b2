using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gantry.Chaos;

/// <summary>A node as a process of its own, which a test may kill at any moment.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;
    private readonly Lock _gate = new();
    private string? _log;

    private NodeProcess(Process process) => _process = process;

    /// <summary>The last lines that the process printed, for a test that fails.</summary>
    public string Output => string.Join('\n', _output.TakeLast(60));

    /// <summary>Whether it still runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Waits until it printed something; an end before that fails at once, with what it printed instead.</summary>
    public Task PrintedAsync(string text, TimeSpan patience) => Gantry.Tests.Eventually.HoldsAsync(
        () => Output.Contains(text, StringComparison.Ordinal)
            || (IsRunning ? false : throw new InvalidOperationException($"the process ended without \"{text}\":\n{Output}")),
        patience,
        () => Output);

    public static NodeProcess Start(params string[] arguments) => StartProgram("Gantry.Node.dll", arguments);

    /// <summary>Another program of the test's folder, with its arguments.</summary>
    public static NodeProcess StartProgram(string program, params string[] arguments)
    {
        // A parent that runs in the background of a shell hands down "ignore Ctrl-C"; who tests it wants to have it heard.
        var start = new ProcessStartInfo("env")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var node = new NodeProcess(Process.Start(start) ?? throw new InvalidOperationException("the node process did not start"));
        node._process.OutputDataReceived += (_, e) => node.Keep(e.Data);
        node._process.ErrorDataReceived += (_, e) => node.Keep(e.Data);
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>SIGKILL: the process gets no chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ctrl-C, as a terminal sends it.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends a signal: <c>STOP</c>, <c>CONT</c>, <c>TERM</c>, <c>INT</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Writes all that it prints to a file as well.</summary>
    public void LogTo(string file) => _log = file;

    /// <summary>Waits for the end; the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"the process still runs after {patience}:\n{Output}", e);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        _log = null;
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
            if (_log is { } file)
            {
                lock (_gate)
                {
                    File.AppendAllText(file, line + '\n');
                }
            }
        }
    }
}
