using Gantry.Actors.Kernel;
using Gantry.Actors.Runtime;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

[Trait("spec", "engine/4.2")]
public sealed class EncoreTests : IAsyncDisposable
{
    private const int Answered = 32;

    private readonly LaneInbox _inbox = new(1_024);
    private readonly ITimer _timer;
    private readonly Encore _encore;

    public EncoreTests()
    {
        _timer = TimeProvider.System.CreateTimer(_ => _inbox.Bell.Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _encore = new Encore(_inbox, TimeProvider.System, _timer);
        _encore.Sent();
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    [Fact]
    public async Task The_wait_ends_when_all_who_usually_return_are_back()
    {
        Arrive(Answered);
        await WaitAsync();
        _encore.Share.ShouldBe(1);
        _inbox.ArrivalCount.ShouldBe(Answered);
    }

    [Fact]
    public async Task Callers_that_do_not_return_are_soon_not_waited_for()
    {
        await WaitInVainAsync();
        _encore.WaitAsync(Answered, CancellationToken.None).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Callers_that_return_again_are_noticed()
    {
        await WaitInVainAsync();
        Arrive(Answered);
        for (var i = 0; i < Encore.LookEvery; i++)
        {
            await WaitAsync();
        }

        _encore.Share.ShouldBeGreaterThan(Encore.ShareMin);
    }

    [Fact]
    public void A_few_answers_are_not_worth_a_wait() =>
        _encore.WaitAsync(Encore.AnswersMin - 1, CancellationToken.None).AsTask().IsCompletedSuccessfully.ShouldBeTrue();

    [Fact]
    public async Task A_lane_that_stops_waits_for_nobody()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        _encore.WaitAsync(Answered, stopped.Token).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task After_a_wait_the_first_arrival_rings_again()
    {
        await WaitAsync();
        var rung = _inbox.Bell.WaitAsync().AsTask();
        Arrive(1);
        await rung.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task WaitInVainAsync()
    {
        for (var i = 0; i < 8; i++)
        {
            await WaitAsync();
        }

        _encore.Share.ShouldBeLessThan(Encore.ShareMin);
    }

    private Task WaitAsync() => _encore.WaitAsync(Answered, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    private void Arrive(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _inbox.TryArrive(LaneEvent.Tick.Instance).ShouldBeTrue();
        }
    }
}
