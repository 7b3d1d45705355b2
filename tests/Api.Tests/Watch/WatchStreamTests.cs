using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Hosting;
using Gantry.Instances;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The bounds of one open watch: silence, slow readers, the number of streams.</summary>
[Trait("spec", "ops/5")]
public sealed class WatchStreamTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_reader_slower_than_its_buffer_is_cut_with_a_resume_and_holds_nobody_up()
    {
        var feed = new Feed(events: WatchLimits.BufferMax + 500);
        var body = new GatedStream();
        using var stop = new CancellationTokenSource();

        var open = OpenAsync(feed, body, TimeProvider.System, stop.Token);
        await Eventually.HoldsAsync(() => feed.Given > WatchLimits.BufferMax, s_patience, () => feed.Given);
        await Eventually.HoldsAsync(() => feed.IsLeft, s_patience); // the feed is let go while the reader still hangs
        body.Open();
        await open.WaitAsync(s_patience);

        var messages = body.Messages();
        messages[^1].Text("type").ShouldBe("cut");
        var changes = messages.Count(m => m.Text("type") is "added" or "changed");
        changes.ShouldBeInRange(WatchLimits.BufferMax, WatchLimits.BufferMax + 1);
        WatchResume.Read(messages[^1].Text("resume")!)!.Position.Shards[0].ShouldBe(changes); // a cut has one
    }

    [Fact]
    public async Task Silence_is_broken_by_heartbeats_with_a_resume()
    {
        var body = new GatedStream();
        body.Open();
        using var stop = new CancellationTokenSource();

        var open = OpenAsync(new Feed(events: 0), body, new QuickClock(), stop.Token);
        await Eventually.HoldsAsync(() => body.Messages().Count(m => m.Text("type") == "heartbeat") >= 2, s_patience);
        await stop.CancelAsync();
        await open.WaitAsync(s_patience);

        WatchLimits.Heartbeat.ShouldBe(TimeSpan.FromSeconds(15));
        body.Messages().Where(m => m.Text("type") == "heartbeat").ShouldAllBe(m => m.Text("resume") != null);
    }

    [Fact]
    public async Task A_snapshot_is_sent_without_a_read_transaction_that_would_last_as_long_as_its_reader()
    {
        var body = new GatedStream();
        body.Open();
        using var stop = new CancellationTokenSource();

        var open = OpenAsync(new Feed(events: 0), body, TimeProvider.System, stop.Token, isResumed: false); // its views give no transactions
        await Eventually.HoldsAsync(() => body.Messages().Any(m => m.Text("type") == "synced"), s_patience);
        await stop.CancelAsync();
        await open.WaitAsync(s_patience);

        body.Messages()[0].Text("type").ShouldBe("snapshot");
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("viewer")]
    public async Task A_stream_is_cut_soon_after_its_caller_lost_its_token_or_a_role(string now)
    {
        var body = new GatedStream();
        body.Open();
        using var stop = new CancellationTokenSource();
        var callers = new OneCaller { Now = Who("admin") };

        var open = OpenAsync(new Feed(events: 0), body, new QuickClock(), stop.Token, callers: callers);
        await Eventually.HoldsAsync(() => body.Messages().Count(m => m.Text("type") == "heartbeat") >= 2, s_patience);
        callers.Now = now == "gone" ? null : Who(now);
        await open.WaitAsync(s_patience);

        body.Messages()[^1].Text("type").ShouldBe("cut");
    }

    [Fact]
    public void Watches_are_bounded_and_a_place_is_given_back_once()
    {
        var hub = new WatchHub();
        var callers = Enumerable.Range(0, WatchLimits.WatchersMax).Select(_ => UserId.From(Guid.NewGuid())).ToList();
        var places = callers.ConvertAll(c => hub.Enter(c, out _));

        places.ShouldAllBe(p => p != null);
        hub.Enter(default, out var full).ShouldBeNull();
        full.ShouldBe("1000 watches are open, which is the limit");
        places[0]!.Dispose(); // all are there
        places[0]!.Dispose();
        hub.Count.ShouldBe(WatchLimits.WatchersMax - 1);
        hub.Enter(default, out _).ShouldNotBeNull();
        hub.Enter(default, out _).ShouldBeNull();
    }

    [Fact]
    public void Watches_of_one_caller_are_bounded_and_leave_places_for_others()
    {
        var hub = new WatchHub();
        var (greedy, other) = (UserId.From(Guid.NewGuid()), UserId.From(Guid.NewGuid()));
        var places = Enumerable.Range(0, WatchLimits.WatchersPerCallerMax).Select(i => hub.Enter(greedy, out var _)).ToList();

        hub.Enter(greedy, out var full).ShouldBeNull();
        full!.ShouldStartWith("64 watches of this caller are open");
        hub.Enter(other, out _).ShouldNotBeNull();
        places[0]!.Dispose();
        hub.Enter(greedy, out _).ShouldNotBeNull();
    }

    [Fact]
    public async Task Store_that_is_away_at_the_snapshot_is_told_with_an_error_body()
    {
        await using var services = Services();
        using var body = new MemoryStream();
        var (http, gate, call) = Request(services, body, TimeProvider.System, null, CancellationToken.None);
        var from = new FeedPosition(ImmutableSortedDictionary<int, long>.Empty.Add(0, 0));

        var isSent = await OperationRunner.SendAsync(http, "watch", gate, new WatchStream(call, new Feed(0), [new Things { IsAway = true }], from, isResumed: false));

        isSent.ShouldBeTrue();
        http.Response.StatusCode.ShouldBe(503);
        http.Response.Headers.RetryAfter.ToString().ShouldBe("3");
        Encoding.UTF8.GetString(body.ToArray()).ShouldContain("\"reason\":\"StoreUnavailable\"");
    }

    private static async Task OpenAsync(Feed feed, Stream body, TimeProvider clock, CancellationToken stop, bool isResumed = true, ICallers? callers = null)
    {
        await using var services = Services();
        var (http, _, call) = Request(services, body, clock, callers, stop);
        var from = new FeedPosition(ImmutableSortedDictionary<int, long>.Empty.Add(0, 0));
        await new WatchStream(call, feed, [new Things()], from, isResumed).ExecuteAsync(http);
    }

    private static ServiceProvider Services() =>
        new ServiceCollection().AddMetrics().AddSingleton<ApiMetrics>().AddSingleton<WatchHub>().AddSingleton<NodeLife>().BuildServiceProvider();

    private static (HttpContext Http, Gate Gate, ApiCall Call) Request(
        ServiceProvider services, Stream body, TimeProvider clock, ICallers? callers, CancellationToken stop)
    {
        var http = new DefaultHttpContext { RequestServices = services, RequestAborted = stop };
        http.Response.Body = body;
        http.Request.Headers.Accept = "application/x-ndjson";
        http.Request.Headers.Authorization = "Bearer any";
        var gate = new Gate(
            callers ?? new OneCaller { Now = Who("admin") }, null!, new NoViews(), clock, SystemRandomSource.Instance, services.GetRequiredService<ApiMetrics>(),
            Options.Create(new InstancesOptions()), NullLogger<Gate>.Instance); // a watch asks nobody
        RequestIds.Assign(http, SystemRandomSource.Instance);
        return (http, gate, new ApiCall(http, null!, gate) { CallerOrNull = Who("admin") });
    }

    private static Caller Who(string role) => new(default, default, "tests", role, null, ImmutableDictionary<string, string>.Empty);

    private sealed class OneCaller : ICallers
    {
        public Caller? Now { get; set; }

        public ValueTask<Caller?> FindAsync(string token, CancellationToken ct) => ValueTask.FromResult(Now);
    }

    private sealed class Things() : WatchKind("thing", "thing")
    {
        public bool IsAway { get; init; }

        public override bool IsAllowed(Caller caller) => true;

        public override async IAsyncEnumerable<WatchObject> ListAsync(
            IViews views, Caller caller, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            if (IsAway)
            {
                throw new StoreUnavailableException("the store is away", TimeSpan.FromSeconds(3));
            }

            yield return new WatchObject("t0", 1, JsonDocument.Parse("{}").RootElement);
        }

        public override ValueTask<WatchObject?> ReadAsync(IViews views, EntityAddress entity, Caller caller, CancellationToken ct) =>
            ValueTask.FromResult<WatchObject?>(new WatchObject(entity.Key, 1, JsonDocument.Parse("{}").RootElement));
    }

    private sealed class Feed(int events) : IEventFeed
    {
        public int Given { get; private set; }

        public bool IsLeft { get; private set; }

        public ValueTask<FeedPosition> NowAsync(CancellationToken ct) => ValueTask.FromResult(FeedPosition.Start);

        public async IAsyncEnumerable<FeedEvent> FollowAsync(FeedPosition from, [EnumeratorCancellation] CancellationToken ct)
        {
            try
            {
                for (var n = 1; n <= events; n++)
                {
                    Given = n;
                    yield return new FeedEvent
                    {
                        Entity = new EntityAddress("thing", $"t{n}"), Sequence = 1, Tag = "thing.made", Fact = "", At = DateTimeOffset.UnixEpoch,
                        Caller = "", Cause = "", Resume = new FeedPosition(from.Shards.SetItem(0, n)),
                    };
                }

                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            }
            finally
            {
                IsLeft = true;
            }
        }
    }

    /// <summary>Takes one message, and the others when it is opened.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _lock = new();
        private int _writes;

        public void Open() => _open.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Increment(ref _writes) > 2)
            {
                await _open.Task.WaitAsync(cancellationToken);
            }

            lock (_lock)
            {
                Write(buffer.Span);
            }
        }

        public List<JsonElement> Messages()
        {
            lock (_lock)
            {
                var text = Encoding.UTF8.GetString(ToArray());
                var whole = text[..(text.LastIndexOf('\n') + 1)];
                return [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
            }
        }
    }

    /// <summary>Waits take a hundredth of their time.</summary>
    private sealed class QuickClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);

        public override long TimestampFrequency => System.TimestampFrequency / 100;
    }

    private sealed class NoViews : IViews
    {
        public ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class => throw new NotSupportedException();

        public ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) => throw new NotSupportedException();
    }
}
