namespace Gantry.Cli;

/// <summary>
/// Ctrl-C of a process: it ends what runs now. At a prompt every command gets a token of its own, so that an interrupt does not reach the next.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private CancellationTokenSource _now = new();

    public Interrupts() => Console.CancelKeyPress += OnKey;

    /// <summary>The token of what begins now.</summary>
    public CancellationToken Fresh()
    {
        if (_now.IsCancellationRequested)
        {
            _now.Dispose();
            _now = new CancellationTokenSource();
        }

        return _now.Token;
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnKey;
        _now.Dispose();
    }

    private void OnKey(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = true;
        _now.Cancel();
    }
}
