using Gantry.Actors;
using Gantry.Engine.Tests.Lanes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Running;

/// <summary>The table of engine 5.9, as far as it needs no process of its own.</summary>
public sealed class HalfBrokenTests
{
    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task Across_a_cut_edge_the_answer_is_unavailable_with_the_owners_url_and_mail_still_flows()
    {
        // Long enough that a busy machine kills nobody; an edge is told as cut after as long.
        await using var cluster = new RunningCluster { Options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromSeconds(5) } };
        foreach (var name in (string[])["a", "b", "c"])
        {
            await cluster.AddAsync(name);
        }

        await cluster.BalancedAsync();
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var (here, there) = (cluster.LedgerAt(a, "here"), cluster.LedgerAt(b, "there"));

        cluster.Links.Cut("a", "b");

        (await a.AskAsync(there, new Add(1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>().OwnerUrl.ShouldBe("http://b.example:8480/");
        (await cluster.Nodes[2].MustAsync(there, new Add(1, "by c"))).Value.ShouldBe(1);
        await a.MustAsync(here, new Send(there, 2));
        await Eventually.HoldsAsync(async () => (await b.RowAsync(there))?.Total == 3, RunningCluster.Soon);
        await Eventually.HoldsAsync(
            () => b.Report.Members.Single(m => m.NodeId == "a").Unreachable.Contains("b"), RunningCluster.Soon);
        cluster.Nodes.ShouldAllBe(n => n.Engine.Rejoins == 0, "both stay owners");

        cluster.Links.Heal();
        (await a.MustAsync(there, new Add(1, "again"))).Value.ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "engine/10.3")]
    public async Task A_node_whose_part_in_the_cluster_does_not_turn_can_be_told_by_its_age()
    {
        await using var cluster = await RunningCluster.StartAsync("a");
        var (a, bound) = (cluster.Nodes[0], TimeSpan.FromSeconds(2));
        await Eventually.HoldsAsync(() => a.Engine.Cluster is { } s && s.StepAge < bound && s.StepAgeMax == TimeSpan.FromSeconds(5), RunningCluster.Soon);
        using var stuck = new ManualResetEventSlim();

        a.Store.Stuck = stuck;

        await Eventually.HoldsAsync(() => a.Engine.Cluster?.StepAge > bound, RunningCluster.Soon);
        a.Store.Stuck = null;
        stuck.Set();
        await Eventually.HoldsAsync(() => a.Engine.Cluster?.StepAge < bound, RunningCluster.Soon);
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task An_edge_that_is_cut_one_way_is_cut()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var (atA, atB) = (cluster.LedgerAt(a), cluster.LedgerAt(b));

        cluster.Links.CutOneWay("a", "b");

        (await a.AskAsync(atB, new Add(1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
        (await b.AskAsync(atA, new Add(1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
        (await a.AskAsync(atA, new Add(1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    [Trait("spec", "engine/5.7")]
    public async Task A_command_whose_answer_was_lost_is_asked_again_with_its_key_and_done_once()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(b);

        // The answer vanishes; then the link is seen to be broken, and comes back.
        cluster.Links.Lose("b", "a");
        var asked = a.AskAsync(ledger, new Add(1, ""));
        await Eventually.HoldsAsync(async () => (await b.RowAsync(ledger))?.Total == 1, RunningCluster.Soon);
        cluster.Links.Cut("a", "b");
        cluster.Links.Heal();

        (await asked).ShouldBe(new Outcome<LedgerTotal>.Accepted(new LedgerTotal(1), 1, IsReplay: true));
        (await b.RowAsync(ledger))!.Total.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public async Task A_command_that_was_sent_and_never_answered_is_unknown_and_one_that_was_not_sent_is_unavailable()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(b);

        cluster.Links.Lose("b", "a");
        var silent = await a.AskAsync(ledger, new Add(1, ""), deadline: TimeSpan.FromSeconds(2));
        var lost = a.AskAsync(ledger, new Add(1, ""), deadline: TimeSpan.FromSeconds(6));
        await Eventually.HoldsAsync(async () => (await b.RowAsync(ledger))?.Total == 2, RunningCluster.Soon);
        cluster.Links.Cut("a", "b");

        silent.ShouldBeOfType<Outcome<LedgerTotal>.Unknown>();
        (await lost).ShouldBeOfType<Outcome<LedgerTotal>.Unknown>();
        (await a.AskAsync(ledger, new Add(1, ""))).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task A_node_that_only_lost_the_store_is_declared_dead_and_its_gateway_passes_commands_on()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b", "c");
        var lost = cluster.Nodes[2];
        var ledger = cluster.LedgerAt(lost);
        await lost.MustAsync(ledger, new Add(1, "before"));

        (lost.Store.IsCut, lost.IsGone) = (true, true);
        await cluster.ServedAsync();
        await Eventually.HoldsAsync(
            async () => await lost.AskAsync(ledger, new Add(1, "after"), deadline: TimeSpan.FromSeconds(1)) is Outcome<LedgerTotal>.Accepted,
            RunningCluster.Soon,
            () => lost.Report.Shards.Count(s => s.Standing != "foreign"));

        (await cluster.Nodes[0].RowAsync(ledger))!.Notes.ShouldContain("after");
        (lost.Store.IsCut, lost.IsGone) = (false, false);
        await cluster.BalancedAsync();
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task A_node_whose_commits_fail_while_its_beats_get_through_gives_its_shards_away()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b");
        var (a, stuck) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(stuck);

        stuck.Store.LosesCommits = true;
        var during = stuck.AskAsync(ledger, new Add(1, ""), deadline: TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(() => stuck.Engine.Cluster!.IsDraining, RunningCluster.Soon);
        await Eventually.HoldsAsync(() => a.Engine.Cluster!.Shards == RunningCluster.Shards, RunningCluster.Soon);

        (await during).ShouldNotBeOfType<Outcome<LedgerTotal>.Accepted>();
        (await a.AskAsync(ledger, new Add(1, "after"))).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task An_outage_of_the_store_declares_nobody_dead_and_all_goes_on_after_it()
    {
        // Long enough that a busy machine alone makes nobody quiet.
        var options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromSeconds(3) };
        await using var cluster = await RunningCluster.StartAsync(new RunningCluster { Options = options }, "a", "b", "c");
        var incarnations = cluster.Nodes.Select(n => n.Report.Incarnation).ToList();
        var ledgers = cluster.Nodes.Select(n => cluster.LedgerAt(n)).ToList();

        foreach (var node in cluster.Nodes)
        {
            node.Store.IsCut = true;
        }

        var during = await cluster.Nodes[0].AskAsync(ledgers[0], new Add(1, ""), deadline: TimeSpan.FromMilliseconds(300));
        await Task.Delay(2 * cluster.Options.TimeToLive, TimeProvider.System);
        foreach (var node in cluster.Nodes)
        {
            node.Store.IsCut = false;
        }

        during.ShouldNotBeOfType<Outcome<LedgerTotal>.Accepted>();
        foreach (var ledger in ledgers)
        {
            await Eventually.HoldsAsync(
                async () => await cluster.Nodes[1].AskAsync(ledger, new Add(1, "after")) is Outcome<LedgerTotal>.Accepted, RunningCluster.Soon);
        }

        await Task.Delay(cluster.Options.TimeToLive, TimeProvider.System);
        cluster.Nodes.Select(n => n.Report.Incarnation).ShouldBe(incarnations);
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public async Task After_a_restart_of_everything_shards_are_claimed_by_the_new_and_all_is_there()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b");
        var ledgers = Enumerable.Range(0, 20).Select(i => LedgerArea.At($"l-{i}")).ToList();
        foreach (var ledger in ledgers)
        {
            await cluster.Nodes[0].MustAsync(ledger, new Add(1, ""));
        }

        // As after kill -9: nobody signs off.
        foreach (var node in cluster.Nodes)
        {
            node.Silence();
        }

        var a = await cluster.AddAsync("a");
        await cluster.AddAsync("b");
        await cluster.ServedAsync();

        foreach (var ledger in ledgers)
        {
            (await a.MustAsync(ledger, new Add(1, ""))).Value.ShouldBe(2);
        }
    }

    [Fact]
    [Trait("spec", "engine/5.3")]
    public async Task A_node_that_is_declared_dead_while_it_starts_joins_anew()
    {
        using var looks = new ManualResetEventSlim();
        await using var cluster = new RunningCluster { Options = RunningCluster.Quick with { TimeToLive = TimeSpan.FromSeconds(4) } };
        await cluster.AddAsync("a");
        CuttableStore? slow = null;
        var starting = cluster.AddAsync("b", prepare: store => (slow, store.IsMute, store.Stuck) = (store, true, looks));
        await Eventually.HoldsAsync(async () => await IsThereAsync(), RunningCluster.Soon);
        await Eventually.HoldsAsync(async () => !await IsThereAsync(), RunningCluster.Soon);

        slow!.IsMute = false;
        looks.Set();
        var b = await starting;
        b.IsRunning.ShouldBeTrue();
        b.Engine.Rejoins.ShouldBeGreaterThan(0);
        await cluster.BalancedAsync();

        async Task<bool> IsThereAsync() => (await cluster.Memory.Membership.ReadAsync(default)).Members.Any(m => m.Profile.NodeId == "b" && m.State != MemberState.Dead);
    }

    [Fact]
    [Trait("spec", "engine/5.6")]
    public async Task A_shard_stays_where_it_is_when_its_target_does_not_say_that_it_is_ready()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b");
        var (a, b) = (cluster.Nodes[0], cluster.Nodes[1]);
        var ledger = cluster.LedgerAt(a);
        var shard = ShardId.Of(ledger, RunningCluster.Shards);

        cluster.Links.Lose("b", "a");
        (await a.Engine.ClusterAdmin.MoveAsync(shard, "b", new AdminOrder(Principal.Engine), CancellationToken.None)).IsDone.ShouldBeTrue();
        await Eventually.HoldsAsync(() => a.Report.Shards[shard.Value].Standing == "offering", RunningCluster.Soon);

        (await a.MustAsync(ledger, new Add(1, ""))).Value.ShouldBe(1);
        await Eventually.HoldsAsync(() => a.Report.Shards[shard.Value].Standing == "serving", RunningCluster.Soon);
        a.Report.Shards[shard.Value].NodeId.ShouldBe("a");
    }

    [Fact]
    [Trait("spec", "engine/5.6")]
    [Trait("spec", "engine/10.4")]
    public async Task An_operator_moves_a_shard_from_any_node_drains_one_and_forgets_only_the_dead()
    {
        await using var cluster = await RunningCluster.StartCalmAsync("a", "b", "c");
        var order = new AdminOrder(new Principal(PrincipalKind.User, "op"));
        var admin = cluster.Nodes[2].Engine.ClusterAdmin;
        var ledger = cluster.LedgerAt(cluster.Nodes[0]);
        var shard = ShardId.Of(ledger, RunningCluster.Shards);

        var epoch = admin.Show().Shards[shard.Value].Epoch;

        (await admin.MoveAsync(shard, "b", order with { IsDryRun = true }, CancellationToken.None)).IsDone.ShouldBeFalse();
        (await admin.MoveAsync(shard, "b", order, CancellationToken.None)).IsDone.ShouldBeTrue();
        (await admin.MoveAsync(shard, "x", order, CancellationToken.None)).Why!.Code.ShouldBe("NoSuchNode");
        (await admin.ForgetAsync("a", order, CancellationToken.None)).Why.ShouldNotBeNull().Code.ShouldBe("NodeBeats");
        await cluster.MovedAsync(shard, "b", () => admin.Show().Shards[shard.Value].Epoch > epoch);

        (await admin.DrainAsync("a", order, CancellationToken.None)).IsDone.ShouldBeTrue();
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Engine.Cluster!.Shards == 0, RunningCluster.Soon);
        (await cluster.Nodes[0].MustAsync(ledger, new Add(1, "still a gateway"))).Value.ShouldBe(1);

        // However its incarnation ends, the next one is as empty.
        var (members, drained) = (cluster.Memory.Membership, cluster.Nodes[0]);
        await Eventually.HoldsAsync(
            async () =>
            {
                var row = (await members.ReadAsync(CancellationToken.None)).Members.FirstOrDefault(m => m.Profile.NodeId == "a");
                return row is not null && await members.DeclareDeadAsync(row.Incarnation, row.Beat, CancellationToken.None);
            },
            RunningCluster.Soon);
        await Eventually.HoldsAsync(
            () => drained.Engine.Rejoins > 0 && admin.Show().Members.Any(
                m => m.Incarnation == drained.Report.Incarnation && m.State == MemberState.Draining),
            RunningCluster.Soon,
            () => $"{drained.Engine.Standing} {drained.Engine.Cluster}");
        drained.Engine.Cluster!.Shards.ShouldBe(0);
    }
}
