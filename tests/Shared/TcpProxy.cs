using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gantry.Tests;

/// <summary>Stands between two sockets and does to them what networks do: cut, go silent in one direction, stop reading.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly int _target;
    private readonly Task _accepting;

    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>New connections are closed at once.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What comes from the caller is not read.</summary>
    public bool IsForwardHeld { get; set; }

    /// <summary>What comes from the target is not read.</summary>
    public bool IsBackHeld { get; set; }

    /// <summary>Ends all connections.</summary>
    public void Cut()
    {
        foreach (var client in _open.Keys)
        {
            client.Dispose();
            _open.TryRemove(client, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var from = await _listener.AcceptTcpClientAsync(_end.Token);
                if (IsClosed)
                {
                    from.Dispose();
                    continue;
                }

                _ = ServeAsync(from);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient from)
    {
        using var to = new TcpClient();
        try
        {
            _open[from] = true;
            await to.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            _open[to] = true;
            await Task.WhenAny(PumpAsync(from, to, () => IsForwardHeld), PumpAsync(to, from, () => IsBackHeld));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // Cut.
        }
        finally
        {
            from.Dispose();
            _open.TryRemove(from, out _);
            _open.TryRemove(to, out _);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Func<bool> isHeld)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (true)
            {
                while (isHeld())
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _end.Token);
                }

                var count = await from.GetStream().ReadAsync(buffer, _end.Token);
                if (count == 0)
                {
                    return;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }
}
