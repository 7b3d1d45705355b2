using Gantry.Devices;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The shell of an adapter actor: supervision, deadlines, cancellation, stop (engine 7.1, 6).</summary>
public sealed class DeviceAdapterTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly AdapterMetrics _metrics = new();
    private readonly BareAdapter _adapter;

    public DeviceAdapterTests() => _adapter = new BareAdapter(_metrics);

    public async ValueTask DisposeAsync()
    {
        await _adapter.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task A_throw_restarts_the_adapter_with_an_empty_mailbox()
    {
        var running = _adapter.Ask(CallClass.Write, async ct => await Never(ct)).AsTask();
        var waiting = _adapter.Ask(CallClass.Write, _ => Task.FromResult(Good)).AsTask();

        var thrown = await _adapter.Ask(CallClass.Read, _ => throw new InvalidOperationException("bug"));

        thrown.ShouldBeOfType<DeviceOutcome<int>.NoAnswer>();
        (await running).ShouldBeOfType<DeviceOutcome<int>.NoAnswer>();
        (await waiting).ShouldBeOfType<DeviceOutcome<int>.Unreachable>();
        _adapter.Status.State.ShouldBe(DeviceState.Suspect);
        (await _adapter.Ask(CallClass.Write, _ => Task.FromResult(Good))).ShouldBe(Good);
        _adapter.Status.State.ShouldBe(DeviceState.Up);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task Three_throws_hold_it_down_with_the_cause()
    {
        for (var i = 0; i < AdapterLimits.RestartsMax; i++)
        {
            await _adapter.Ask(CallClass.Read, _ => throw new InvalidOperationException("bug 4711"));
        }

        var refused = (await _adapter.Ask(CallClass.Read, _ => Task.FromResult(Good))).ShouldBeOfType<DeviceOutcome<int>.Unreachable>();

        refused.Why.ShouldContain("bug 4711");
        _adapter.Status.State.ShouldBe(DeviceState.Down);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task A_deadline_while_waiting_means_that_nothing_was_sent()
    {
        var running = _adapter.Ask(CallClass.Write, async ct => await Never(ct), TimeSpan.FromSeconds(8)).AsTask();
        var isSent = false;

        var waiting = await _adapter.Ask(
            CallClass.Write,
            _ =>
            {
                isSent = true;
                return Task.FromResult(Good);
            },
            TimeSpan.FromMilliseconds(50));

        waiting.ShouldBeOfType<DeviceOutcome<int>.Overloaded>();
        (await running).ShouldBeOfType<DeviceOutcome<int>.NoAnswer>();
        isSent.ShouldBeFalse();
        _adapter.Status.State.ShouldBe(DeviceState.Suspect);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task A_caller_who_leaves_says_nothing_about_the_device()
    {
        using var caller = new CancellationTokenSource();
        var running = _adapter.Ask(CallClass.Read, async ct => await Never(ct), caller: caller.Token).AsTask();

        await caller.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(running);
        _adapter.Status.State.ShouldBe(DeviceState.Up);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task A_write_without_the_fence_is_not_sent()
    {
        _adapter.IsOwner = false;

        (await _adapter.Ask(CallClass.Write, _ => Task.FromResult(Good)))
            .ShouldBeOfType<DeviceOutcome<int>.Overloaded>().Describe().ShouldContain("not confirmed");
        _adapter.Status.State.ShouldBe(DeviceState.Up);
        (await _adapter.Ask(CallClass.Read, _ => Task.FromResult(Good))).ShouldBe(Good);
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task Stopping_ends_every_call()
    {
        var calls = Enumerable.Range(0, 3).Select(_ => _adapter.Ask(CallClass.Write, async ct => await Never(ct)).AsTask()).ToArray();

        await _adapter.DisposeAsync();

        var outcomes = await Task.WhenAll(calls).WaitAsync(Soon);
        outcomes[0].ShouldBeOfType<DeviceOutcome<int>.NoAnswer>();
        outcomes[1].ShouldBeOfType<DeviceOutcome<int>.Unreachable>();
        (await _adapter.Ask(CallClass.Read, _ => Task.FromResult(Good))).ShouldBeOfType<DeviceOutcome<int>.Unreachable>();
    }

    private static DeviceOutcome<int> Good { get; } = new DeviceOutcome<int>.Answered(200, 1);

    private static async Task<DeviceOutcome<int>> Never(CancellationToken ct)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        return Good;
    }

    private sealed class BareAdapter : DeviceAdapter
    {
        private readonly Fence _fence;

        public BareAdapter(AdapterMetrics metrics)
            : this(metrics, new Fence())
        {
        }

        private BareAdapter(AdapterMetrics metrics, Fence fence)
            : base(
                new AdapterOptions
                {
                    Kind = "bare", Key = "one", Address = new Uri("http://127.0.0.1:1"), Deadline = Soon, MayWrite = () => fence.IsOpen,
                },
                metrics, TimeProvider.System, NullLogger.Instance) => _fence = fence;

        public bool IsOwner
        {
            set => _fence.IsOpen = value;
        }

        public ValueTask<DeviceOutcome<int>> Ask(
            CallClass kind, Func<CancellationToken, Task<DeviceOutcome<int>>> send, TimeSpan? deadline = null, CancellationToken caller = default) =>
            CallAsync(new DeviceCall<int>("test", kind, (_, ct) => send(ct)) { Deadline = deadline }, caller);

        protected override Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct) =>
            Task.FromResult(new ProbeAnswer(new DeviceOutcome<NoContent>.NoAnswer("no probe in this test")));

        private sealed class Fence
        {
            public bool IsOpen { get; set; } = true;
        }
    }
}
