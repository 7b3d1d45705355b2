using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Engine.Tests.Lanes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Running;

/// <summary>Real engines that share a store and talk over links in memory (engine 5).</summary>
public sealed class RunningClusterTests
{
    [Fact]
    [Trait("spec", "engine/5.7")]
    public async Task Any_node_takes_a_command_for_any_entity_and_lists_show_it_at_once()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b", "c");
        var targets = Enumerable.Range(0, 30).Select(i => LedgerArea.At($"to-{i}")).ToList();

        foreach (var node in cluster.Nodes)
        {
            foreach (var to in targets)
            {
                await node.MustAsync(to, new Add(1, node.Name));
                (await node.RowAsync(to))!.Notes.ShouldContain(node.Name);
            }
        }

        targets.Select(t => cluster.OwnerOf(t).Name).Distinct().Count().ShouldBe(3);
        foreach (var to in targets)
        {
            (await cluster.Nodes[0].RowAsync(to))!.Total.ShouldBe(3);
        }
    }

    [Fact]
    [Trait("spec", "engine/5.7")]
    public async Task Refusals_keys_and_dry_runs_are_the_same_over_a_link()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (here, there) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(there);

        (await here.AskAsync(ledger, new Add(-1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Refused>().Why.Code.ShouldBe("Negative");
        (await here.AskAsync(ledger, new Add(2, "x"), key: "k")).ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(2), 1));
        (await there.AskAsync(ledger, new Add(2, "x"), key: "k")).ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(2), 1, IsReplay: true));
        var tried = await TryAsync(here, ledger);

        tried.Steps.Single().Events.Single().ShouldBe(new Added(40, "dry"));
        (await here.RowAsync(ledger))!.Total.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/5.7")]
    [Trait("spec", "engine/10.4")]
    public async Task A_dry_run_names_the_same_effects_whichever_node_is_asked()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (here, there) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(there);

        foreach (var command in (ICommand<Done>[])
            [
                new TakeName("mine"), new SetAlarm("wake", TimeSpan.FromMinutes(1), 2), new RunIt("compute", "t-1"), new Poke("k"), new Send(ledger, 2),
            ])
        {
            var direct = await EffectsAsync(there, ledger, command);
            (await EffectsAsync(here, ledger, command)).ShouldBe(direct, $"{command}");
            direct.ShouldNotBeEmpty($"{command}");
        }
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public async Task Mail_between_nodes_takes_effect_once_in_order_and_without_waiting_for_a_scan()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b", "c");
        var from = cluster.LedgerAt(cluster.Nodes[0], "from");
        var targets = cluster.Nodes.Select(n => cluster.LedgerAt(n, "to")).ToList();

        for (var i = 0; i < 5; i++)
        {
            foreach (var to in targets)
            {
                await cluster.Nodes[i % 3].MustAsync(from, new Send(to, 4));
            }
        }

        foreach (var to in targets)
        {
            await Eventually.HoldsAsync(async () => (await cluster.Nodes[0].RowAsync(to))?.Total == 20, RunningCluster.Soon);
            (await cluster.Nodes[0].RowAsync(to))!.Notes.Select(int.Parse).ShouldBeInOrder();
        }
    }

    [Fact]
    [Trait("spec", "engine/5.4")]
    [Trait("spec", "engine/5.9")]
    public async Task The_shards_of_a_silent_node_are_served_by_the_others_and_nothing_acknowledged_is_lost()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b", "c");
        var ledgers = Enumerable.Range(0, 40).Select(i => LedgerArea.At($"l-{i}")).ToList();
        foreach (var ledger in ledgers)
        {
            await cluster.Nodes[0].MustAsync(ledger, new Add(1, "before"));
        }

        cluster.Nodes[2].Silence();
        await cluster.ServedAsync();

        foreach (var ledger in ledgers)
        {
            (await cluster.Nodes[1].MustAsync(ledger, new Add(1, "after"))).Value.ShouldBe(2);
        }
    }

    [Fact]
    [Trait("spec", "engine/5.3")]
    public async Task A_node_that_was_declared_dead_drops_everything_and_joins_as_a_new_one()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b");
        var (survivor, zombie) = (cluster.Nodes[0], cluster.Nodes[1]);
        var former = zombie.Report.Incarnation;
        var ledger = cluster.LedgerAt(zombie);
        await zombie.MustAsync(ledger, new Add(1, "first"));

        // Its beats do not arrive; all else does: it is fenced while it works.
        zombie.Store.IsMute = true;
        await Eventually.HoldsAsync(() => survivor.Report.Shards.All(s => s.NodeId == "a"), RunningCluster.Soon);
        await survivor.MustAsync(ledger, new Add(1, "second"));
        zombie.Store.IsMute = false;
        await Eventually.HoldsAsync(() => zombie.IsRunning && zombie.Report.Incarnation is { } now && now != former, RunningCluster.Soon);
        await cluster.BalancedAsync();

        (await zombie.MustAsync(ledger, new Add(1, "third"))).Value.ShouldBe(3);
        zombie.Engine.Rejoins.ShouldBeGreaterThan(0);
        zombie.Engine.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    [Trait("spec", "engine/5.4")]
    public async Task A_link_that_breaks_makes_the_survivor_look_at_once_and_not_with_its_next_scan()
    {
        // By itself nobody looks again for an hour, and nobody is judged.
        await using var cluster = new RunningCluster
        {
            Options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromHours(1), Scan = TimeSpan.FromHours(1) },
        };
        var dead = await cluster.AddAsync("a");
        var survivor = await cluster.AddAsync("b");
        await Eventually.HoldsAsync(
            () => new[] { dead, survivor }.All(n => n.Report.Members.Any(m => m.LinkState == "up")) && dead.Engine.Cluster!.Shards == RunningCluster.Shards,
            RunningCluster.Soon);

        // Somebody else judged it, and the survivor does not know.
        var who = dead.Report.Incarnation!.Value; // it runs
        (dead.Store.IsMute, dead.Store.IsCut, dead.IsGone) = (true, true, true);
        await Eventually.HoldsAsync(
            async () => await cluster.Memory.Membership.DeclareDeadAsync(
                who, (await cluster.Memory.Membership.ReadAsync(CancellationToken.None)).Members.Single(m => m.Incarnation == who).Beat, CancellationToken.None),
            RunningCluster.Soon);
        survivor.Engine.Cluster!.Shards.ShouldBe(0);

        cluster.Links.Cut("a", "b");

        await cluster.ServedAsync();
        survivor.Engine.Cluster.Shards.ShouldBe(RunningCluster.Shards);
    }

    [Fact]
    [Trait("spec", "engine/5.2")]
    public async Task A_process_of_the_same_name_takes_over_and_the_former_one_stays_down_with_the_reason()
    {
        // Silence is noticed after a minute: who serves sooner did not wait for it.
        await using var cluster = new RunningCluster { Options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromMinutes(1) } };
        await cluster.AddAsync("a");
        await cluster.AddAsync("b");
        await cluster.BalancedAsync();
        var former = cluster.Nodes[1];
        var ledger = cluster.LedgerAt(former);
        await former.MustAsync(ledger, new Add(1, ""));

        former.IsGone = true;
        var later = await cluster.AddAsync("b");
        await Eventually.HoldsAsync(
            async () => await later.AskAsync(ledger, new Add(1, "")) is Outcome<LedgerTotal>.Accepted { Value.Value: 2 }, RunningCluster.Soon);

        (await former.Engine.Ended.WaitAsync(RunningCluster.Soon)).ShouldContain("another process joined as b");
        former.Engine.State.ShouldBe(EngineState.Ended);
        await cluster.BalancedAsync();
    }

    [Fact]
    [Trait("spec", "engine/5.8")]
    public async Task A_node_that_stops_gives_its_shards_away_first_and_nobody_waits()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b", "c");
        var load = new LedgerLoad(cluster, [cluster.Nodes[0], cluster.Nodes[1]]);

        await load.WhileAsync(async () =>
        {
            await cluster.Nodes[2].Engine.StopAsync();
            await cluster.ServedAsync();
        });

        load.Others.ShouldBeEmpty();
        load.Accepted.ShouldBeGreaterThan(100);
        await load.CheckAsync();
    }

    [Fact]
    [Trait("spec", "engine/5.6")]
    public async Task Shards_move_under_load_without_a_lost_acknowledgement_a_duplicate_or_an_error()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var load = new LedgerLoad(cluster, [.. cluster.Nodes]);

        await load.WhileAsync(async () =>
        {
            await cluster.AddAsync("c");
            await cluster.BalancedAsync();
        });

        load.Others.ShouldBeEmpty();
        load.Accepted.ShouldBeGreaterThan(100);
        await load.CheckAsync();
    }

    private static async Task<DryRun> TryAsync(ClusterNode node, EntityAddress ledger)
    {
        var run = DryRun.Enter();
        (await node.AskAsync(ledger, new Add(40, "dry"))).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>().Value.Value.ShouldBe(42);
        return run;
    }

    private static async Task<IReadOnlyList<Effect>> EffectsAsync(ClusterNode node, EntityAddress ledger, ICommand<Done> command)
    {
        var run = DryRun.Enter();
        (await node.AskAsync(ledger, command)).ShouldBeOfType<Outcome<Done>.Accepted>();
        return [.. run.Steps.Single().Effects];
    }
}
