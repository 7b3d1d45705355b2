using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>What meets at the edges of an instance's life, over the real engine.</summary>
public sealed class InstanceRaceTests
{
    [Fact]
    [Trait("spec", "vmm/35")]
    public async Task A_start_right_after_a_stop_waits_for_the_room_that_the_last_VMM_is_giving_back()
    {
        await using var lab = await InstanceLab.StartAsync();
        var (id, _) = await lab.CreateAsync(start: false);
        var sled = Addresses.Sled(SledId.From(lab.Simulator.Sleds[0].Id));
        var (last, next) = (VmmId.From(GuidForm.FromText("last")), VmmId.From(GuidForm.FromText("next")));
        await lab.Engine.MustAsync(sled, new ReserveSled(last, id, 2, 1L << 30, ReserveSled.Active));
        var refused = new Signal();
        var asking = new Asking(lab.Engine.Entities, SystemRandomSource.Instance);
        var activity = new ReserveActivity(
            lab.Engine.Views, new SledAccess(lab.Engine.Views, null!), new AffinityReader(lab.Engine.Views), asking, // it calls no sled
            SystemRandomSource.Instance, new StoppedWatch(), refused);

        var start = activity.RunAsync("", new ReserveVmm(next, id, 2, 1L << 30, null), InstanceLab.Ct).AsTask();
        await refused.Heard.WaitAsync(InstanceLab.Patience);
        await lab.Engine.MustAsync(sled, new ReleaseSled(last));

        (await start.WaitAsync(InstanceLab.Patience)).ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    [Trait("spec", "vmm/45")]
    public async Task A_start_does_not_wait_for_the_room_of_another_one_that_got_its_VMM()
    {
        await using var lab = await InstanceLab.StartAsync();
        var id = await lab.RunningAsync();
        var activity = new ReserveActivity(
            lab.Engine.Views, new SledAccess(lab.Engine.Views, null!), new AffinityReader(lab.Engine.Views), // it calls no sled
            new Asking(lab.Engine.Entities, SystemRandomSource.Instance), SystemRandomSource.Instance, new StoppedWatch(), new Signal());

        var end = await activity.RunAsync("", new ReserveVmm(VmmId.From(GuidForm.FromText("next")), id, 2, 1L << 30, null), InstanceLab.Ct);

        end.ShouldBeOfType<Reply.Refused>().Why.Code.ShouldBe("InstanceHasVmm");
    }

    [Fact]
    public async Task Members_that_a_deletion_left_behind_take_up_no_place_in_their_group()
    {
        await using var lab = await InstanceLab.StartAsync();
        var (id, _) = await lab.CreateAsync(start: false);
        var group = GuidForm.FromText("group");
        await lab.Engine.MustAsync(
            Addresses.AffinityGroup(group), new CreateAffinityGroup(InstanceLab.Project, InstanceLab.Silo, "near", "", IsAnti: false, "allow"));
        for (var i = 0; i < InstancesLimits.AffinityMembersMax; i++)
        {
            await lab.Engine.MustAsync(Addresses.AffinityGroup(group), new AddAffinityMember(InstanceId.From(GuidForm.FromText($"gone {i}")), $"gone-{i}"));
        }

        var service = new AffinityService(lab.Engine.Entities, lab.Engine.Views);
        var row = (await lab.Engine.RowAsync(InstanceViews.AffinityGroups, group.ToString()))!;
        (await service.AddAsync(row, (await lab.RowAsync(id))!, lab.How(), InstanceLab.Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();

        (await lab.Engine.RowsAsync(InstanceViews.AffinityMembers)).Select(m => m.Row.Instance).ShouldBe([id]);
    }

    [Fact]
    public async Task One_VMM_that_rings_without_end_is_no_storm_and_many_that_ring_once_are()
    {
        await using var lab = await InstanceLab.StartAsync(sleds: 0);
        var vmms = Enumerable.Range(0, InstancesLimits.StormRings + 1).Select(i => VmmId.From(GuidForm.FromText($"vmm {i}"))).ToList();
        await Task.WhenAll(vmms.Select(vmm => lab.Engine.MustAsync(
            Addresses.Vmm(vmm), new CreateVmm(InstanceBench.Instance, InstanceBench.SledA, "fd00::1", "amd_milan"))));
        using var metrics = new DoorbellMetrics();
        var bell = new Doorbell(
            lab.Engine.Views, new Lazy<IReconcilers>(new NoReconcilers()), metrics, new InstanceTimeline(TimeProvider.System), new StoppedWatch());

        for (var i = 0; i < InstancesLimits.StormRings * 2; i++)
        {
            await bell.RingAsync(vmms[0], InstanceLab.Ct);
        }

        bell.MayWait(vmms[0]).ShouldBeFalse("its pull is due");
        foreach (var vmm in vmms)
        {
            await bell.RingAsync(vmm, InstanceLab.Ct);
        }

        bell.MayWait(vmms[0]).ShouldBeTrue();
    }

    /// <summary>Timers fire, and no time passes between two looks.</summary>
    private sealed class StoppedWatch : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class NoReconcilers : IReconcilers
    {
        public void Nudge(string reconciler, string? key, bool forgetBackoff = false)
        {
        }

        public System.Collections.Immutable.ImmutableArray<ReconcilerKeyStatus> Status() => [];
    }

    /// <summary>Hears of the first refused reservation.</summary>
    private sealed class Signal : ILogger<ReserveActivity>
    {
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Heard => _heard.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _heard.TrySetResult();
    }
}
