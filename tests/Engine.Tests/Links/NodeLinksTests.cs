using System.Net;
using System.Net.Sockets;
using Gantry.Actors;
using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Links;

[Trait("spec", "engine/5.7")]
public sealed class NodeLinksTests
{
    private static readonly TimeSpan Soon = LinkPair.Soon;

    [Fact]
    public async Task Frames_arrive_whole_and_in_order_both_ways()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        for (var i = 0; i < 500; i++)
        {
            pair.A.TrySend(pair.B, new LinkFrame.Ready(new ShardId(i), i)).ShouldBeTrue();
            pair.B.TrySend(pair.A, new LinkFrame.Told(i, true, new byte[i])).ShouldBeTrue();
        }

        await Eventually.HoldsAsync(() => pair.A.Received.Count == 500 && pair.B.Received.Count == 500, Soon, () => $"{pair.A.Seen} {pair.B.Seen}");
        pair.B.Received.Cast<LinkFrame.Ready>().Select(r => r.Epoch).ShouldBe(Enumerable.Range(0, 500).Select(i => (long)i));
        pair.A.Received.Cast<LinkFrame.Told>().Select(t => t.Body.Length).ShouldBe(Enumerable.Range(0, 500));
    }

    [Fact]
    public async Task No_more_than_256_asks_are_out_and_every_answer_lets_another_go()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();
        for (var i = 0; i < 256; i++)
        {
            pair.A.TrySend(pair.B, FrameSamples.Ask(i)).ShouldBeTrue();
        }

        pair.A.TrySend(pair.B, FrameSamples.Ask(256)).ShouldBeFalse("all credit is out");
        pair.A.TrySend(pair.B, new LinkFrame.Ready(new ShardId(1), 1)).ShouldBeTrue("only asks need credit");
        await Eventually.HoldsAsync(() => pair.B.Received.Count == 257, Soon, () => pair.B.Seen);

        foreach (var id in Enumerable.Range(0, 100))
        {
            pair.B.TrySend(pair.A, id % 2 == 0 ? new LinkFrame.Answer(id, new LinkOutcome.Unknown("")) : new LinkFrame.Moved(id, new ShardId(1), null, 1)).ShouldBeTrue();
        }

        // Credit comes in lots; the rest with the next ping.
        var sent = 0;
        await Eventually.HoldsAsync(() => pair.A.TrySend(pair.B, FrameSamples.Ask(1_000 + sent)) && ++sent == 100, Soon, () => sent);
        pair.A.TrySend(pair.B, FrameSamples.Ask(5_000)).ShouldBeFalse();
    }

    [Fact]
    public async Task Thousands_of_asks_go_through_one_link_with_its_credit()
    {
        await using var pair = await LinkPair.StartAsync();
        pair.B.OnFrame = (from, frame) =>
        {
            if (frame is LinkFrame.Ask ask)
            {
                pair.B.Links.TrySend(from, new LinkFrame.Answer(ask.Id, new LinkOutcome.Unknown(""))).ShouldBeTrue();
            }
        };
        await pair.UpAsync();

        var sent = 0;
        await Eventually.HoldsAsync(
            () =>
            {
                while (sent < 5_000 && pair.A.TrySend(pair.B, FrameSamples.Ask(sent)))
                {
                    sent++;
                }

                return pair.A.Received.Count == 5_000;
            },
            Soon,
            () => $"{sent} sent, {pair.A.Seen}");
    }

    [Fact]
    public async Task A_frame_of_a_mebibyte_goes_and_a_larger_one_does_not()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        pair.A.TrySend(pair.B, FrameSamples.Ask(1, (1024 * 1024) - 200)).ShouldBeTrue();
        pair.A.TrySend(pair.B, FrameSamples.Ask(2, 1024 * 1024)).ShouldBeFalse();

        await Eventually.HoldsAsync(() => pair.B.Received.Count == 1, Soon, () => pair.B.Seen);
        pair.A.IsUp(pair.B).ShouldBeTrue("a frame that cannot be sent costs no link");
    }

    [Fact]
    public async Task A_cut_is_told_to_both_and_the_link_comes_back()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        pair.B.Proxy.Cut();

        await Eventually.HoldsAsync(() => pair.A.Told.Count >= 3 && pair.B.Told.Count >= 3, Soon, () => $"{pair.A.Seen} / {pair.B.Seen}");
        await pair.UpAsync();
        pair.A.Told.Take(3).ShouldBe(["up", "down", "up"]);
        pair.B.Told.Take(3).ShouldBe(["up", "down", "up"]);
        pair.A.TrySend(pair.B, FrameSamples.Ask(1)).ShouldBeTrue();
        await Eventually.HoldsAsync(() => pair.B.Received.Count == 1, Soon, () => pair.B.Seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "engine/5.9")]
    public async Task A_direction_that_goes_silent_is_dead_for_both(bool isForward)
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        // Nothing is closed: bytes just do not arrive any more.
        _ = isForward ? pair.B.Proxy.IsForwardHeld = true : pair.B.Proxy.IsBackHeld = true;
        pair.B.Proxy.IsClosed = true;

        await pair.DownAsync();
        pair.A.TrySend(pair.B, FrameSamples.Ask(1)).ShouldBeFalse("an ask whose answer cannot come back is not sent");

        pair.B.Proxy.IsForwardHeld = pair.B.Proxy.IsBackHeld = pair.B.Proxy.IsClosed = false;
        await pair.UpAsync();
    }

    [Fact]
    public async Task A_peer_that_does_not_read_blocks_no_sender_and_costs_bounded_memory()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();
        pair.B.Proxy.IsForwardHeld = true;

        var sent = 0;
        while (pair.A.TrySend(pair.B, new LinkFrame.Told(sent, true, new byte[100_000])))
        {
            sent++;
        }

        // The loop ended although nothing was read: no send waited.
        (sent * 100_000L).ShouldBeLessThan(40_000_000);
        pair.B.Proxy.IsForwardHeld = false;
    }

    [Fact]
    public async Task Only_the_run_that_is_meant_is_spoken_with()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        pair.B.Reborn(new Guid(9, 9, 9, [1, 2, 3, 4, 5, 6, 7, 8]));
        pair.B.Links.SetPeers([pair.A.Me]);

        await Eventually.HoldsAsync(() => pair.A.Told.Contains("down"), Soon, () => pair.A.Seen);
        pair.B.Links.StateOf(pair.A.Me.Incarnation).ShouldBe(LinkState.Connecting);

        pair.A.Links.SetPeers([pair.B.Me]);
        await pair.UpAsync();
        pair.A.Told.ShouldBe(["up", "down", "up"]);
    }

    [Fact]
    public async Task Who_has_just_joined_is_told_of_before_it_is_a_peer_and_served_when_it_is()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        pair.B.Reborn(new Guid(9, 9, 9, [1, 2, 3, 4, 5, 6, 7, 8]));
        pair.B.Links.SetPeers([pair.A.Me]);

        await Eventually.HoldsAsync(() => pair.A.Strangers.Contains(pair.B.Me.Incarnation), Soon, () => pair.A.Seen);
        pair.A.Links.SetPeers([pair.B.Me]);
        await pair.UpAsync();
    }

    [Fact]
    public async Task Who_leaves_is_told_down_once_and_gets_nothing_any_more()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        pair.A.Links.SetPeers([]);

        await Eventually.HoldsAsync(() => pair.A.Told.Contains("down"), Soon, () => pair.A.Seen);
        pair.A.Links.StateOf(pair.B.Me.Incarnation).ShouldBe(LinkState.None);
        pair.A.TrySend(pair.B, FrameSamples.Ask(1)).ShouldBeFalse();
        await Eventually.HoldsAsync(() => pair.B.Told.Contains("down"), Soon, () => pair.B.Seen);
    }

    [Fact]
    public async Task A_receiver_that_throws_loses_the_frame_and_not_the_link()
    {
        await using var pair = await LinkPair.StartAsync();
        await pair.UpAsync();
        pair.B.OnFrame = (_, frame) =>
        {
            if (frame is LinkFrame.Ask { Id: 1 })
            {
                throw new InvalidOperationException("as tests want it");
            }
        };

        pair.A.TrySend(pair.B, FrameSamples.Ask(1)).ShouldBeTrue();
        pair.A.TrySend(pair.B, FrameSamples.Ask(2)).ShouldBeTrue();

        await Eventually.HoldsAsync(() => pair.B.Received.Count == 2, Soon, () => pair.B.Seen);
        pair.B.Told.ShouldBe(["up"]);
    }

    [Theory]
    [InlineData("ff ff ff 7f 10")]
    [InlineData("00 00 00 00")]
    [InlineData("03 00 00 00 10 01 02")]
    [InlineData("47 45 54 20")]
    public async Task Somebody_who_speaks_something_else_is_cut_off(string hex)
    {
        var logs = new LogCapture();
        await using var pair = await LinkPair.StartAsync(logs);
        await pair.UpAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(pair.B.Links.Address!, "/gantry/link/1")) // it has started
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))),
        };

        await Should.ThrowAsync<HttpRequestException>(() => http.SendAsync(request));

        pair.B.IsUp(pair.A).ShouldBeTrue();
        logs.Lines.ShouldContain(l => l.Contains(" 1304 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Off_loopback_links_are_not_served_without_certificates()
    {
        Should.Throw<LinkRefusedException>(() => new NodeLinks(
                new LinkOptions { Listen = new IPEndPoint(IPAddress.Any, 0) }, TimeProvider.System, new SeededRandomSource(1), new LogCapture()))
            .Message.ShouldContain("certificates init");
    }

    [Fact]
    public async Task A_stop_ends_everything()
    {
        var pair = await LinkPair.StartAsync();
        await pair.UpAsync();

        await pair.DisposeAsync().AsTask().WaitAsync(LinkPair.Soon);

        using var client = new TcpClient();
        await Should.ThrowAsync<SocketException>(() => client.ConnectAsync(pair.B.Links.Address!.Host, pair.B.Links.Address.Port)); // it had started
    }
}
