using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gantry.Chaos;

/// <summary>
/// One edge as a wire that can be cut, slowed, or made deaf in one direction: bytes are held back, connections stay open, as when a cable is
/// pulled. <see cref="Reset"/> breaks them, as when a process dies.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly Task _run;

    private TcpProxy(int port, int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _run = AcceptAsync();
    }

    /// <summary>Nothing goes in.</summary>
    public volatile bool IsInboundCut;

    /// <summary>Nothing comes out.</summary>
    public volatile bool IsOutboundCut;

    /// <summary>Added to every piece in either direction.</summary>
    public TimeSpan Delay { get; set; }

    public static TcpProxy Start(int port, int target) => new(port, target);

    public void Heal() => (IsInboundCut, IsOutboundCut, Delay) = (false, false, TimeSpan.Zero);

    /// <summary>Breaks what is open.</summary>
    public void Reset()
    {
        foreach (var socket in _open.Keys)
        {
            socket.Close(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Reset();
        await _run;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or a client that was gone before it was accepted.
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            client.NoDelay = server.NoDelay = true;
            _open.TryAdd(client, 0);
            _open.TryAdd(server, 0);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAny(PumpAsync(client, server, () => IsInboundCut), PumpAsync(server, client, () => IsOutboundCut));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The target is not there, or the wire was cut.
            }
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(server, out _);
                client.Close(0);
                server.Close(0);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Func<bool> isCut)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, _stop.Token) is var count and > 0)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, TimeProvider.System, _stop.Token);
                }

                while (isCut())
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _stop.Token);
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone: the other is told by closing it.
        }
    }
}
