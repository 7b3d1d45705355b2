using System.Diagnostics.Metrics;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>What the watcher keeps of sleds, and which rows nothing may bring about.</summary>
public sealed class WatchingTests
{
    [Fact]
    public void What_was_seen_of_sleds_that_another_node_looks_over_now_is_dropped()
    {
        using var metrics = new WatchMetrics();
        var reports = new WatchReports();
        foreach (var (sled, vmm) in new[] { (InstanceBench.SledA, InstanceBench.Active), (InstanceBench.SledB, InstanceBench.Target) })
        {
            metrics.Checked(new Check(Target(sled, vmm), new PullEnd(null, Incomplete: PullEnd.Unreachable), null));
            reports.Put(Addresses.Sled(sled).ToString(), new WatchReport { TotalInstances = 1 });
        }

        metrics.KeepOnly(new HashSet<SledId> { InstanceBench.SledA });
        reports.KeepOnly(new HashSet<SledId> { InstanceBench.SledA });

        metrics.TargetCount.ShouldBe(1);
        reports.Total.TotalInstances.ShouldBe(1);
    }

    [Fact]
    public void Series_carry_the_name_of_the_node()
    {
        using var metrics = new WatchMetrics();
        metrics.Checked(new Check(Target(InstanceBench.SledA, InstanceBench.Active), new PullEnd(null, Incomplete: PullEnd.Unreachable), null));
        var nodes = new List<object?>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, own) => own.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (instrument.Name == "virtual_machine.check" && tag.Key == "nexus_id" && Equals(tag.Value, "node-7"))
                {
                    nodes.Add(tag.Value);
                }
            }
        });
        listener.Start();

        listener.RecordObservableInstruments();

        nodes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("vmm", true, false)]
    [InlineData("no_vmm", false, false)]
    [InlineData("vmm", false, true)]
    [InlineData("failed", true, true)]
    public void A_state_that_does_not_fit_the_active_VMM_is_broken(string state, bool hasVmm, bool isBroken) =>
        RunState.IsBroken(Row(state, hasVmm)).ShouldBe(isBroken);

    private static WatchTarget Target(SledId sled, VmmId vmm) => new(vmm, InstanceBench.Instance, sled, default, "::1", "1", "node-7", null, null);

    private static InstanceRow Row(string state, bool hasVmm)
    {
        var like = InstanceView.Project(
            Addresses.Instance(InstanceBench.Instance), InstanceBench.Stopped(), new IntentSet(Intents.Running), InstanceBench.WithVmm(VmmWords.Running));
        var row = like.OfType<ViewOp.Upsert>().Select(u => u.Row).OfType<InstanceRow>().First();
        return row with { State = state, ActiveVmm = hasVmm ? row.ActiveVmm : null, Sled = hasVmm ? row.Sled : null };
    }
}
