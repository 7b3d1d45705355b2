using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>A harness whose store holds the members of a cluster.</summary>
public interface IHoldsMembers
{
    /// <summary>The members of a store that the harness made.</summary>
    IMembershipStore Of(IActorStore store);
}

/// <summary>One owner a shard: by joining, beating, judging, fencing, claiming, giving and releasing (engine 5.2 to 5.6, 3.4).</summary>
[Trait("spec", "engine/5")]
public abstract class MembershipConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, IHoldsMembers, new()
{
    private static readonly ImmutableArray<ShardId> All = [.. Enumerable.Range(0, TestLane.ShardCount).Select(i => new ShardId(i))];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private IMembershipStore Members => Harness.Of(Store);

    [StoreFact]
    public async Task A_member_joins_goes_up_and_claims_what_nobody_owns()
    {
        await ReleaseAllAsync();
        var me = await UpAsync("a");

        var taken = await Members.ClaimAsync(me, All, None);

        taken.Select(t => t.Shard).ShouldBe(All);
        var sight = await Members.ReadAsync(None);
        sight.Shards.ShouldAllBe(s => s.Owner == me);
        sight.Members.Single(m => m.Incarnation == me).State.ShouldBe(MemberState.Up);
        sight.MapVersion.ShouldBe(sight.Shards.Sum(s => s.Epoch));
    }

    [StoreFact]
    public async Task A_member_that_is_not_up_claims_nothing()
    {
        await ReleaseAllAsync();
        var me = New();
        await Members.JoinAsync(me, Profile("a"), 1, None);

        (await Members.ClaimAsync(me, All, None)).ShouldBeEmpty();
        await Members.EnterAsync(me, MemberState.Up, None);
        await Members.EnterAsync(me, MemberState.Draining, None);
        (await Members.ClaimAsync(me, All, None)).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task Nobody_claims_from_a_living_owner_nor_from_a_dead_one_before_the_fence()
    {
        var (first, second) = (await OwnerOfAllAsync("a"), await UpAsync("b"));

        (await Members.ClaimAsync(second, All, None)).ShouldBeEmpty();
        (await Members.FenceAsync(first, None)).ShouldBeFalse("it lives");
        (await Members.DeclareDeadAsync(first, 0, None)).ShouldBeTrue();
        (await Members.ClaimAsync(second, All, None)).ShouldBeEmpty();
        (await Members.ReadAsync(None)).Members.Single(m => m.Incarnation == first).HasOpenLane.ShouldBeTrue();

        (await Members.FenceAsync(first, None)).ShouldBeTrue();
        (await Members.ClaimAsync(second, All, None)).Length.ShouldBe(All.Length);
        (await Members.ClaimAsync(second, All, None)).ShouldBeEmpty("done once");
    }

    [StoreFact]
    public async Task A_beat_since_the_last_look_saves_a_member()
    {
        var me = await UpAsync("a");
        (await Members.BeatAsync(me, ["b"], None)).ShouldBeTrue();

        (await Members.DeclareDeadAsync(me, 0, None)).ShouldBeFalse();

        var row = (await Members.ReadAsync(None)).Members.Single(m => m.Incarnation == me);
        (row.Beat, row.Unreachable.Single(), row.State).ShouldBe((1, "b", MemberState.Up));
    }

    [StoreFact, Trait("spec", "engine/5.1")]
    public async Task Beats_of_the_callers_own_thread_count_until_the_member_is_dead_and_begin_anew_after_their_end()
    {
        var me = await UpAsync("a");
        Members.Beat(me, ["b"], Patience).ShouldBeTrue();
        Members.Beat(me, [], Patience).ShouldBeTrue();
        Members.EndBeats(me);
        Members.Beat(me, ["c"], Patience).ShouldBeTrue();

        var row = (await Members.ReadAsync(None)).Members.Single(m => m.Incarnation == me);
        (row.Beat, row.Unreachable.Single()).ShouldBe((3, "c"));
        (await Members.DeclareDeadAsync(me, 3, None)).ShouldBeTrue();
        Members.Beat(me, [], Patience).ShouldBeFalse();
        Members.EndBeats(me);
    }

    [StoreFact]
    public async Task The_dead_do_not_beat_and_do_not_come_back()
    {
        var me = await UpAsync("a");
        await Members.DeclareDeadAsync(me, 0, None);

        (await Members.BeatAsync(me, [], None)).ShouldBeFalse();
        (await Members.EnterAsync(me, MemberState.Up, None)).ShouldBeFalse();
    }

    [StoreFact]
    public async Task A_restarted_node_supersedes_its_former_run_at_once()
    {
        var former = await OwnerOfAllAsync("a");
        var later = New();

        (await Members.JoinAsync(later, Profile("a"), 1, None)).ShouldBe(former);

        await Members.EnterAsync(later, MemberState.Up, None);
        (await Members.FenceAsync(former, None)).ShouldBeTrue();
        (await Members.ClaimAsync(later, All, None)).Length.ShouldBe(All.Length);
    }

    [StoreFact]
    public async Task Newcomers_of_one_name_at_once_leave_one_alive()
    {
        var some = Enumerable.Range(0, 6).Select(_ => New()).ToArray();

        await Task.WhenAll(some.Select(i => Task.Run(async () => await Members.JoinAsync(i, Profile("a"), 1, None))));

        (await Members.ReadAsync(None)).Members.Count(m => m.Profile.NodeId == "a" && m.State == MemberState.Joining).ShouldBe(1);
    }

    [StoreFact]
    public async Task A_given_shard_is_the_other_s_at_the_next_epoch_and_the_giver_s_batches_for_it_are_fenced()
    {
        var (lane, other) = (await LaneOfAllAsync("a"), await UpAsync("b"));
        var thing = TestLane.Thing("x");
        var shard = lane.ShardOf(thing);
        await CommittedAsync(lane.WithEvent(thing, 1), lane);

        (await lane.TransferAsync(Members, shard, other)).ShouldBeOfType<CommitResult.Committed>();

        (await Members.ReadAsync(None)).Shards.Single(s => s.Shard == shard.Shard).ShouldBe(new ShardOwner(shard.Shard, other, shard.Epoch + 1));
        (await lane.CommitAsync(lane.WithEvent(thing, 2))).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.NotOwner);
        (await LoadAsync(thing)).Events.Count.ShouldBe(1);
    }

    [StoreFact]
    public async Task A_shard_is_given_once_and_only_by_its_owner_to_one_that_is_up()
    {
        var (lane, other) = (await LaneOfAllAsync("a"), await UpAsync("b"));
        var joining = New();
        await Members.JoinAsync(joining, Profile("c"), 1, None);
        var shard = lane.Shards[0];

        (await lane.TransferAsync(Members, shard, joining)).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.NotOwner);
        (await lane.TransferAsync(Members, shard with { Epoch = shard.Epoch - 1 }, other)).ShouldBeOfType<CommitResult.Fenced>();
        (await lane.TransferAsync(Members, shard, other)).ShouldBeOfType<CommitResult.Committed>();
        (await lane.TransferAsync(Members, shard, other)).ShouldBeOfType<CommitResult.Fenced>();
    }

    [StoreFact]
    public async Task A_fenced_lane_gives_nothing_away()
    {
        var (lane, other) = (await LaneOfAllAsync("a"), await UpAsync("b"));
        await Members.DeclareDeadAsync(lane.Me, 0, None);
        await Members.FenceAsync(lane.Me, None);
        (await lane.ResolveAsync()).Fenced.ShouldBeTrue();

        (await lane.TransferAsync(Members, lane.Shards[0], other)).ShouldBeOfType<CommitResult.Fenced>().Why.ShouldBe(FenceReason.Fenced);
    }

    [StoreFact]
    public async Task Released_shards_are_free_at_the_next_epoch()
    {
        var lane = await LaneOfAllAsync("a");

        await Members.ReleaseAsync(lane.Me, [lane.Shards[0], lane.Shards[1] with { Epoch = 99 }], None);

        var shards = (await Members.ReadAsync(None)).Shards;
        shards[0].ShouldBe(new ShardOwner(lane.Shards[0].Shard, null, lane.Shards[0].Epoch + 1));
        shards[1].Owner.ShouldBe(lane.Me);
    }

    [StoreFact]
    public async Task The_epoch_of_a_shard_only_rises_and_two_that_claim_at_once_do_not_both_get_it()
    {
        await ReleaseAllAsync();
        var members = new[] { await UpAsync("a"), await UpAsync("b"), await UpAsync("c") };
        var before = (await Members.ReadAsync(None)).Shards;

        var taken = await Task.WhenAll(members.Select(m => Task.Run(async () => await Members.ClaimAsync(m, All, None))));

        taken.Sum(t => t.Length).ShouldBe(All.Length);
        (await Members.ReadAsync(None)).Shards.Select(s => s.Epoch).ShouldBe(before.Select(s => s.Epoch + 1));
    }

    private static Incarnation New() => new(Guid.NewGuid());

    private static MemberProfile Profile(string name) => new() { NodeId = name, Link = $"https://{name}", Weight = 2, Zone = "z" };

    private async Task<Incarnation> UpAsync(string name, int lanes = 1)
    {
        var me = New();
        await Members.JoinAsync(me, Profile(name), lanes, None);
        (await Members.EnterAsync(me, MemberState.Up, None)).ShouldBeTrue();
        return me;
    }

    private async Task ReleaseAllAsync() => await Members.ReleaseAsync(Lane.Me, Lane.Shards, None);

    private async Task<Incarnation> OwnerOfAllAsync(string name)
    {
        await ReleaseAllAsync();
        var me = await UpAsync(name);
        (await Members.ClaimAsync(me, All, None)).Length.ShouldBe(All.Length);
        return me;
    }

    private async Task<TestLane> LaneOfAllAsync(string name)
    {
        await ReleaseAllAsync();
        var me = await UpAsync(name);
        return await TestLane.OfAsync(Store, me, await Members.ClaimAsync(me, All, None));
    }
}
