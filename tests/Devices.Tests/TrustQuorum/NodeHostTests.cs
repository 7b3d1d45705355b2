using System.Net;
using System.Net.Sockets;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>What an embedder gives its node: refused when it cannot be right, and cleaned up when it does not start.</summary>
public sealed class NodeHostTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void A_node_that_listens_anywhere_could_not_be_placed_in_the_mesh(string address)
    {
        Should.Throw<ArgumentException>(() => Start(address, new Attested())).Message.ShouldContain("the one that they know it by");
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("fd00:1122:3344:121::1")]
    public void Whoever_believes_its_peers_does_so_on_loopback_only(string address)
    {
        Should.Throw<ArgumentException>(() => Start(address, UnattestedHandshake.Instance)).Message.ShouldContain("an attested one is needed");
    }

    [Fact]
    public void A_port_that_is_taken_leaves_no_node_with_shares_behind()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A", committing: "ABCD");
        var drive = new TqMemoryStore();
        drive.Save(lab["A"].State);
        var store = new WatchedStore(drive);

        Should.Throw<SocketException>(() => TqNodeHost.Start(
            new TqNodeHostOptions { Self = new BaseboardId("p", "A"), Listen = (IPEndPoint)taken.LocalEndpoint },
            store, TimeProvider.System, SystemSecretRandom.Instance, SystemRandomSource.Instance));

        var loaded = store.Loaded.ShouldNotBeNull();
        loaded.Shares.ShouldNotBeEmpty();
        loaded.Shares.Values.ShouldAllBe(s => IsGone(s));
    }

    private static bool IsGone(KeyShare share)
    {
        try
        {
            return share.Span.IndexOfAnyExcept((byte)0) < 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private static TqNodeHost Start(string address, ITqHandshake handshake) => TqNodeHost.Start(
        new TqNodeHostOptions { Self = new BaseboardId("p", "A"), Listen = new IPEndPoint(IPAddress.Parse(address), 0), Handshake = handshake },
        new TqMemoryStore(), TimeProvider.System, SystemSecretRandom.Instance, SystemRandomSource.Instance);

    private sealed class Attested : ITqHandshake
    {
        public Task<TqSession> RunAsync(Stream stream, string ownPlatformId, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class WatchedStore(ITqStore inner) : ITqStore
    {
        public TqPersistentState? Loaded { get; private set; }

        public TqPersistentState? Load() => Loaded = inner.Load();

        public void Save(TqPersistentState state) => inner.Save(state);

        public TqNetworkConfig? LoadNetworkConfig() => inner.LoadNetworkConfig();

        public void SaveNetworkConfig(TqNetworkConfig config) => inner.SaveNetworkConfig(config);
    }
}
