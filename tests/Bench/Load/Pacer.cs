using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gantry.Bench;

/// <summary>
/// Keeps appointments to some ten microseconds, with a thread that sleeps in the kernel. <c>Task.Delay</c> will not do: the runtime's timers look at a
/// clock that moves once per tick of the kernel, every 4 ms on a server, so callers that are spread over a period come in lumps all the same.
/// </summary>
internal sealed class Pacer : IDisposable
{
    // New appointments are seen this late at most.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMicroseconds(100);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, TimeSpan> _due = new();
    private readonly long _from = Stopwatch.GetTimestamp();
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _over = new();

    public Pacer()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "bench-pacer" };
        _thread.Start();
    }

    /// <summary>Time since the start.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_from);

    /// <summary>Waits for a moment after the start; who is late goes on at once.</summary>
    public Task UntilAsync(TimeSpan due)
    {
        if (due <= Now)
        {
            return Task.CompletedTask;
        }

        var appointment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _due.Enqueue(appointment, due);
        }

        return appointment.Task;
    }

    /// <summary>Lets go of whoever still waits.</summary>
    public void Dispose()
    {
        _over.Set();
        _thread.Join();
        _over.Dispose();
    }

    private void Run()
    {
        while (!_over.IsSet)
        {
            Sleep(Release());
        }

        lock (_gate)
        {
            while (_due.TryDequeue(out var appointment, out _))
            {
                appointment.SetResult();
            }
        }
    }

    // How long nothing is due.
    private TimeSpan Release()
    {
        lock (_gate)
        {
            var now = Now;
            while (_due.TryPeek(out var appointment, out var due))
            {
                if (due > now)
                {
                    return due - now < LookEvery ? due - now : LookEvery;
                }

                _due.Dequeue();
                appointment.SetResult();
            }

            return LookEvery;
        }
    }

    private void Sleep(TimeSpan time)
    {
        if (OperatingSystem.IsWindows())
        {
            _over.Wait(time);
        }
        else
        {
            _ = SleepMicroseconds((uint)Math.Max(1, time.TotalMicroseconds));
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SleepMicroseconds(uint microseconds);
}
