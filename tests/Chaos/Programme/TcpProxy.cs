using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gantry.Chaos;

/// <summary>
/// One edge as a wire that can be cut, slowed, or made deaf in one direction: bytes are held back, connections stay open, as when a cable is
/// pulled. <see cref="Edge.Reset"/> breaks them, as when a process dies. Where it can tell who calls, each caller has an edge of its own.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _port;
    private readonly int _target;
    private readonly Func<int, int, string?> _callerOf;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Edge> _edges = new(StringComparer.Ordinal);
    private readonly Task _run;

    private TcpProxy(int port, int target, Func<int, int, string?> callerOf)
    {
        _port = port;
        _target = target;
        _callerOf = callerOf;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _run = AcceptAsync();
    }

    /// <summary>Every caller's.</summary>
    public Edge All { get; } = new();

    /// <summary>Listens on a port and passes on to another; <paramref name="callerOf"/> names who calls, by the ports of its connection.</summary>
    public static TcpProxy Start(int port, int target, Func<int, int, string?>? callerOf = null) => new(port, target, callerOf ?? ((_, _) => null));

    /// <summary>The edge of one caller.</summary>
    public Edge From(string caller) => _edges.GetOrAdd(caller, _ => new Edge());

    public void Heal()
    {
        All.Heal();
        foreach (var edge in _edges.Values)
        {
            edge.Heal();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        All.Reset();
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
            Edge[] edges = [All];
            try
            {
                client.NoDelay = server.NoDelay = true;
                edges = client.RemoteEndPoint is IPEndPoint caller && _callerOf(caller.Port, _port) is { } name ? [All, From(name)] : edges;
                Array.ForEach(edges, e => e.Add(client, server));
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAny(
                    PumpAsync(client, server, edges, e => e.IsInboundCut), PumpAsync(server, client, edges, e => e.IsOutboundCut));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The target is not there, or the wire was cut.
            }
            finally
            {
                Array.ForEach(edges, e => e.Remove(client, server));
                client.Close(0);
                server.Close(0);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Edge[] edges, Predicate<Edge> isCut)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, _stop.Token) is var count and > 0)
            {
                if (edges.Max(e => e.Delay) is var delay && delay > TimeSpan.Zero)
                {
                    await Task.Delay(delay, TimeProvider.System, _stop.Token);
                }

                while (Array.Exists(edges, isCut))
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

/// <summary>What is wrong with the wire of one caller, or of all.</summary>
internal sealed class Edge
{
    private readonly ConcurrentDictionary<Socket, byte> _open = new();

    /// <summary>Nothing goes in.</summary>
    public volatile bool IsInboundCut;

    /// <summary>Nothing comes out.</summary>
    public volatile bool IsOutboundCut;

    /// <summary>Added to every piece in either direction.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Connections that are open.</summary>
    public int Open => _open.Count / 2;

    public void Heal() => (IsInboundCut, IsOutboundCut, Delay) = (false, false, TimeSpan.Zero);

    /// <summary>Breaks what is open.</summary>
    public void Reset()
    {
        foreach (var socket in _open.Keys)
        {
            socket.Close(0);
        }
    }

    public void Add(Socket client, Socket server) => _ = _open.TryAdd(client, 0) & _open.TryAdd(server, 0);

    public void Remove(Socket client, Socket server) => _ = _open.TryRemove(client, out _) & _open.TryRemove(server, out _);
}
