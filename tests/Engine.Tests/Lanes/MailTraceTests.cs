using System.Collections.Concurrent;
using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>Consuming mail is a span of its sender's trace; after a minute it is one of its own, with a link (engine 10.2).</summary>
[Trait("spec", "engine/10.2")]
public sealed class MailTraceTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<Activity> _consumed = [];
    private readonly ActivityListener _listener;
    private readonly Activity _request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

    public MailTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Gantry.Actors",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                // Other tests of this process are heard as well.
                if (span.OperationName == "mail")
                {
                    _consumed.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task Mail_that_is_consumed_soon_is_a_child_and_mail_of_more_than_a_minute_ago_is_linked()
    {
        var clock = new VirtualClock(TimeProvider.System.GetUtcNow(), flows: true);
        await using var engine = await EngineHarness.StartAsync([LedgerArea.Module], null, clock);

        await engine.MustAsync(LedgerArea.At("from"), new Send(LedgerArea.At("soon"), 1));
        await engine.MustAsync(LedgerArea.At("from"), new Send(LedgerArea.At("late"), 1, "answered", TimeSpan.FromMinutes(5)));
        await Eventually.HoldsAsync(() => Of("ledger/soon") is not null, Soon);
        clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.HoldsAsync(() => Of("ledger/late") is { } late && After(late) is not null, Soon);

        var soon = Of("ledger/soon")!;
        soon.TraceId.ShouldBe(_request.TraceId);
        soon.Links.ShouldBeEmpty();
        var old = Of("ledger/late")!;
        old.Parent.ShouldBeNull();
        old.ParentSpanId.ShouldBe(default);
        old.TraceId.ShouldNotBe(_request.TraceId);
        old.Links.ShouldHaveSingleItem().Context.TraceId.ShouldBe(_request.TraceId);

        // What it causes goes on in the new trace: the reply, which is consumed at once, is its child.
        After(old)!.ParentSpanId.ShouldBe(old.SpanId);
    }

    [Fact]
    public void A_message_gets_its_trace_once_and_by_the_clock_of_the_lane()
    {
        var traces = new HeardTraces();
        var lane = new LaneBench(traces: traces);
        lane.Now += TimeSpan.FromMinutes(10);
        var at = lane.Now;
        lane.Step(new LaneEvent.Ring(Traced(lane.Bell("a", 10, 0, "just"), at - TimeSpan.FromMinutes(1))));
        lane.Step(new LaneEvent.Ring(Traced(lane.Bell("b", 11, 0, "late", source: 6), at - TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1))));
        lane.PassAndLoad();
        var first = lane.Batch();

        // The other is decided again.
        lane.Lose(first, gone: [new MailId(7, 10, 0)]);

        traces.Heard.ShouldBe([("ledger/a", false), ("ledger/b", true)]);
        first.Commits.Select(c => c.Trace).ShouldBe(["trace of ledger/a", "trace of ledger/b"]);
        lane.Batch().Commits.Select(c => c.Trace).ShouldBe(["trace of ledger/b"]);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _request.Dispose();
    }

    private static Doorbell Traced(Doorbell bell, DateTimeOffset at) =>
        bell with { Mail = [bell.Mail[0] with { Meta = bell.Mail[0].Meta with { Trace = "sender", TracedAt = at } }] };

    private Activity? Of(string entity) => _consumed.FirstOrDefault(
        s => Equals(s.GetTagItem("entity"), entity) && (s.TraceId == _request.TraceId || s.Links.Any(l => l.Context.TraceId == _request.TraceId)));

    private Activity? After(Activity cause) => _consumed.FirstOrDefault(s => s.TraceId == cause.TraceId && s != cause);

    private sealed class HeardTraces : ILaneTraces
    {
        public List<(string, bool)> Heard { get; } = [];

        public string Consume(EntityAddress to, string mail, string trace, TimeSpan age, bool isLinked)
        {
            Heard.Add((to.ToString(), isLinked));
            return $"trace of {to}";
        }
    }
}
