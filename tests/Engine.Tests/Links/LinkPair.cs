using System.Collections.Concurrent;
using System.Net;
using Gantry.Actors;
using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging;

namespace Gantry.Engine.Tests.Links;

/// <summary>Two nodes with real sockets, each behind a proxy.</summary>
internal sealed class LinkPair : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private LinkPair(TestNode a, TestNode b) => (A, B) = (a, b);

    public TestNode A { get; }

    public TestNode B { get; }

    public static async Task<LinkPair> StartAsync(LogCapture? logs = null, CertificateFiles? a = null, CertificateFiles? b = null)
    {
        var pair = new LinkPair(await TestNode.StartAsync("node-a", 1, a, logs), await TestNode.StartAsync("node-b", 2, b, logs));
        pair.Meet();
        return pair;
    }

    /// <summary>Each is told of the other.</summary>
    public void Meet()
    {
        A.Links.SetPeers([A.Me, B.Me]);
        B.Links.SetPeers([A.Me, B.Me]);
    }

    public Task UpAsync() => Eventually.HoldsAsync(() => A.IsUp(B) && B.IsUp(A), Soon, () => $"{A.Seen} / {B.Seen}");

    public Task DownAsync() => Eventually.HoldsAsync(() => !A.IsUp(B) && !B.IsUp(A), Soon, () => $"{A.Seen} / {B.Seen}");

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}

/// <summary>One of the two; keeps what it was told.</summary>
internal sealed class TestNode : ILinkReceiver, IAsyncDisposable
{
    private readonly ConcurrentDictionary<Incarnation, bool> _up = new();

    private TestNode(NodeLinks links, LinkPeer me, TcpProxy proxy) => (Links, Me, Proxy) = (links, me, proxy);

    public NodeLinks Links { get; }

    public LinkPeer Me { get; private set; }

    /// <summary>Between the other node and this one's listener.</summary>
    public TcpProxy Proxy { get; }

    public ConcurrentQueue<LinkFrame> Received { get; } = new();

    public ConcurrentQueue<string> Told { get; } = new();

    /// <summary>Who dialled without being a peer.</summary>
    public ConcurrentQueue<Incarnation> Strangers { get; } = new();

    /// <summary>What is done with a frame besides keeping it.</summary>
    public Action<Incarnation, LinkFrame> OnFrame { get; set; } = static (_, _) => { };

    public string Seen => $"{Me.NodeId}: {string.Join(' ', Told)}, {Received.Count} frames";

    public static async Task<TestNode> StartAsync(string name, ulong seed, CertificateFiles? certificates, LogCapture? logs = null)
    {
        var dice = new SeededRandomSource(seed);
        var links = new NodeLinks(
            new LinkOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Certificates = certificates }, TimeProvider.System, dice, logs ?? new LogCapture());
        await links.StartAsync(CancellationToken.None);
        var proxy = new TcpProxy(links.Address!.Port); // it has started
        var node = new TestNode(links, new LinkPeer(new Incarnation(dice.NewGuid()), name, new UriBuilder(links.Address) { Port = proxy.Port }.Uri), proxy);
        links.Open(node.Me, node);
        return node;
    }

    public bool IsUp(TestNode other) => Links.StateOf(other.Me.Incarnation) == LinkState.Up && _up.GetValueOrDefault(other.Me.Incarnation);

    public bool TrySend(TestNode other, LinkFrame frame) => Links.TrySend(other.Me.Incarnation, frame);

    /// <summary>The node begins another run.</summary>
    public void Reborn(Guid incarnation)
    {
        Me = Me with { Incarnation = new Incarnation(incarnation) };
        Links.Open(Me, this);
    }

    void ILinkReceiver.Received(Incarnation from, LinkFrame frame)
    {
        Received.Enqueue(frame);
        OnFrame(from, frame);
    }

    public void Stranger(Incarnation who) => Strangers.Enqueue(who);

    public void LinkUp(Incarnation peer)
    {
        _up[peer] = true;
        Told.Enqueue("up");
    }

    public void LinkDown(Incarnation peer)
    {
        _up[peer] = false;
        Told.Enqueue("down");
    }

    public async ValueTask DisposeAsync()
    {
        await Links.DisposeAsync();
        await Proxy.DisposeAsync();
    }
}

/// <summary>Keeps log lines.</summary>
internal sealed class LogCapture : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It is its own.
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)} {exception?.Message}");

    public void Dispose()
    {
        // Nothing is held.
    }
}
