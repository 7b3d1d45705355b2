using System.Diagnostics.Metrics;
using System.Text;
using Gantry.Devices;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using RawOutcome = Gantry.Devices.DeviceOutcome<System.ReadOnlyMemory<byte>>;

namespace Gantry.Tests;

/// <summary>Adapters of nodes that do not hold a device's connections, and what passes between nodes.</summary>
[Trait("spec", "engine/7.1")]
public sealed class PassingTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly AdapterMetrics _metrics = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task A_call_of_a_node_that_is_not_the_holder_goes_to_the_holder_and_is_bounded_there()
    {
        var relay = new FakeRelay { Answer = new RawOutcome.Rejected(409, "Busy", "not now") };
        await using var adapter = new BareAdapter(_metrics, "one", relay);

        var outcome = await adapter.WriteAsync();

        outcome.ShouldBeOfType<DeviceOutcome<NoContent>.Rejected>().ErrorCode.ShouldBe("Busy");
        var passed = PassedCall.From(relay.Passed.ShouldHaveSingleItem().ToBytes());
        (passed.Kind, passed.Key, passed.Operation, passed.Class, passed.Sequence).ShouldBe(("bare", "one", "set", CallClass.Write, "object"));
        (passed.Method, passed.Path, passed.ApiVersion).ShouldBe(("PUT", "things/1", "1.0.0"));
        Encoding.UTF8.GetString(passed.Body!).ShouldBe("{}");
        passed.Remaining.ShouldBeInRange(TimeSpan.FromTicks(1), Soon);
    }

    [Fact]
    public async Task A_device_stands_as_its_holder_says()
    {
        var relay = new FakeRelay { Standing = new DeviceStatus(DeviceState.Suspect, DateTimeOffset.UnixEpoch, "refused", 3) };
        await using var adapter = new BareAdapter(_metrics, "one", relay);
        adapter.Status.State.ShouldBe(DeviceState.Up, "nothing is known of it");

        await adapter.WriteAsync();

        adapter.Status.ShouldBe(relay.Standing);
        PassedAnswer.From((PassedAnswer.Moved with { Standing = relay.Standing }).ToBytes()).Standing.ShouldBe(relay.Standing);
        relay.IsHolder = true;
        adapter.Status.State.ShouldBe(DeviceState.Up, "now it is for this one to find out");
    }

    [Fact]
    public async Task A_node_that_is_no_holder_serves_nobody()
    {
        var relay = new FakeRelay();
        await using var adapter = new BareAdapter(_metrics, "one", relay);
        await adapter.WriteAsync();

        (await adapter.ServeAsync(relay.Passed.Single(), default)).End.ShouldBe(PassedEnd.Moved);
    }

    [Fact]
    public async Task What_waits_when_the_device_moves_to_another_node_was_certainly_not_sent()
    {
        var relay = new FakeRelay { IsHolder = true };
        await using var adapter = new BareAdapter(_metrics, "one", relay);
        var running = adapter.HangAsync();
        var waiting = adapter.HangAsync();

        relay.IsHolder = false;

        (await waiting.WaitAsync(Soon)).ShouldBeOfType<DeviceOutcome<NoContent>.Overloaded>().Why.ShouldContain("another node");
        running.IsCompleted.ShouldBeFalse("it was sent: it ends by itself");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public void An_answer_passes_between_nodes_whole_and_fits_a_link(int length)
    {
        ReadOnlyMemory<byte> body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"a":"fd00::1"},""", 1 + (length / 15)))[..length]);

        var bytes = PassedAnswer.Of(new RawOutcome.Answered(200, body)).ToBytes();

        bytes.Length.ShouldBeLessThan(512 * 1024);
        PassedAnswer.From(bytes).ToOutcome().ShouldBeOfType<RawOutcome.Answered>().Value.ToArray().ShouldBe(body.ToArray());
    }

    [Fact]
    public void What_fits_no_link_says_so()
    {
        var noise = new byte[2_000_000];
        new Random(1).NextBytes(noise);

        PassedAnswer.Of(new RawOutcome.Answered(200, noise)).ToOutcome().ShouldBeOfType<RawOutcome.Garbled>().Why.ShouldContain("too large");
    }

    [Fact]
    public void Every_other_end_passes_as_it_is()
    {
        RawOutcome[] ends =
        [
            new RawOutcome.Rejected(503, null, "later"), new RawOutcome.Unreachable("refused", DateTimeOffset.UnixEpoch), new RawOutcome.NoAnswer("broke"),
            new RawOutcome.Garbled(200, "no JSON"), new RawOutcome.Overloaded(TimeSpan.FromSeconds(2), "full"),
        ];

        ends.Select(e => PassedAnswer.From(PassedAnswer.Of(e).ToBytes()).ToOutcome()).ShouldBe(ends);
    }

    [Fact]
    [Trait("spec", "engine/10.1")]
    public async Task Metrics_name_kinds_and_states_and_no_device_and_count_what_is_held_here()
    {
        await using var held = new BareAdapter(_metrics, "one", new FakeRelay { IsHolder = true });
        await using var other = new BareAdapter(_metrics, "two", new FakeRelay { IsHolder = true });
        await using var elsewhere = new BareAdapter(_metrics, "three", new FakeRelay());
        List<(string Name, int Value, string Tags)> seen = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "adapter.state" && instrument.Meter.Name == AdapterMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) =>
            seen.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}")))));
        listener.Start();
        listener.RecordObservableInstruments();

        seen.Where(s => s.Tags.Contains("bare", StringComparison.Ordinal) && s.Value == 2).ShouldHaveSingleItem().Tags.ShouldBe("device.kind=bare state=up");
        seen.ShouldAllBe(s => s.Tags.Split(' ').All(t => t.StartsWith("device.kind=", StringComparison.Ordinal) || t.StartsWith("state=", StringComparison.Ordinal)));
    }

    private sealed class FakeRelay : IDeviceRelay
    {
        public volatile bool IsHolder;

        public List<PassedCall> Passed { get; } = [];

        public RawOutcome Answer { get; init; } = new RawOutcome.Answered(204, ReadOnlyMemory<byte>.Empty);

        public bool IsHere(string kind, string key) => IsHolder;

        public DeviceStatus? Standing { get; init; }

        public ValueTask<PassedAnswer> PassAsync(PassedCall call, CancellationToken ct)
        {
            Passed.Add(call);
            return ValueTask.FromResult(PassedAnswer.Of(Answer) with { Standing = Standing });
        }
    }

    private sealed class BareAdapter(AdapterMetrics metrics, string key, IDeviceRelay relay) : DeviceAdapter(
        new AdapterOptions { Kind = "bare", Key = key, Address = new Uri("http://127.0.0.1:1"), Deadline = Soon, Relay = relay },
        metrics, TimeProvider.System, NullLogger.Instance)
    {
        public ValueTask<DeviceOutcome<NoContent>> WriteAsync() => CallAsync(
            new DeviceCall<NoContent>("set", CallClass.Write, (http, ct) =>
                http.SendAsync(new DeviceRequest(HttpMethod.Put, "things/1", "1.0.0") { Body = "{}"u8.ToArray() }, ct)) { Sequence = "object" },
            default);

        public Task<DeviceOutcome<NoContent>> HangAsync() => CallAsync(
            new DeviceCall<NoContent>("hang", CallClass.Write, async (_, ct) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
                return new DeviceOutcome<NoContent>.NoAnswer("");
            }),
            default).AsTask();

        protected override Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct) =>
            Task.FromResult(new ProbeAnswer(new DeviceOutcome<NoContent>.NoAnswer("no probe in this test")));
    }
}
