using Gantry.Actors;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Running;

/// <summary>What may be written to devices, and by whom, while shards move (engine 7.1, Fence).</summary>
public sealed class FenceTests
{
    [Fact, Trait("spec", "engine/7.1")]
    public async Task The_owner_alone_may_write_and_no_more_once_it_has_given_the_shard_away()
    {
        // Nothing is moved back while the test looks.
        await using var cluster = new RunningCluster { Options = RunningCluster.Calm with { Settle = TimeSpan.FromMinutes(5) } };
        await cluster.AddAsync("a");
        await cluster.AddAsync("b");
        await Eventually.HoldsAsync(() => cluster.Nodes.All(n => n.Report.Members.Count(m => m.LinkState == "up") == 1), RunningCluster.Soon);
        var (a, b) = (cluster.Nodes[0].Engine.Scope, cluster.Nodes[1].Engine.Scope);
        var device = cluster.LedgerAt(cluster.Nodes[0]);
        await Eventually.HoldsAsync(() => a.Confirms(device), RunningCluster.Soon);
        b.Confirms(device).ShouldBeFalse();

        await cluster.MovedAsync(ShardId.Of(device, RunningCluster.Shards), "b", () => b.Confirms(device));

        a.Confirms(device).ShouldBeFalse();
        a.IsConfirmed.ShouldBeTrue();
    }

    [Fact, Trait("spec", "engine/7.1")]
    public async Task A_stalled_former_owner_does_not_write_after_the_shard_has_moved()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b");
        var (stalled, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var device = cluster.LedgerAt(stalled);
        await Eventually.HoldsAsync(() => stalled.Engine.Scope.Confirms(device), RunningCluster.Soon);
        var isBoth = false;

        // It hears nothing of the store and of the others: it believes that it owns the shard long after it does not.
        stalled.Silence();
        await Eventually.HoldsAsync(
            () =>
            {
                var isNext = other.Engine.Scope.Confirms(device);
                isBoth |= isNext && stalled.Engine.Scope.Confirms(device);
                return isNext;
            },
            RunningCluster.Soon);

        isBoth.ShouldBeFalse();
        stalled.Engine.Scope.IsConfirmed.ShouldBeFalse();
        stalled.Engine.Scope.Owned.Contains(device).ShouldBeTrue();
    }
}
