using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>Mail that is gone, claims that are taken, keys that are known: all of them at once, and nothing committed.</summary>
[Trait("spec", "engine/11.2")]
public abstract class LoserConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("b");

    [StoreFact]
    public async Task All_losers_of_a_batch_are_named_at_once_and_nothing_is_committed()
    {
        await CommittedAsync(Lane.WithEvent(A, 1) with
        {
            Claims = [TestLane.Claim(A, "one"), TestLane.Claim(A, "two")],
            Receipts = [TestLane.Receipt(A, "k1"), TestLane.Receipt(A, "k2")],
        });
        var gone = new MailId(1, 99, 0);

        var result = await Lane.CommitAsync(Lane.WithEvent(B, 1) with
        {
            ConsumedMail = [gone],
            Claims = [TestLane.Claim(B, "two"), TestLane.Claim(B, "free"), TestLane.Claim(B, "one")],
            Receipts = [TestLane.Receipt(A, "k2"), TestLane.Receipt(B, "k2"), TestLane.Receipt(A, "k1")],
        });

        var losers = result.ShouldBeOfType<CommitResult.Losers>();
        losers.GoneMail.ShouldBe([gone]);
        losers.TakenClaims.ShouldBe(
            [new ClaimConflict("name", "one", B, A), new ClaimConflict("name", "two", B, A)], ignoreOrder: true);
        losers.KnownKeys.Select(k => (k.Entity, k.Key)).ShouldBe([(A, "k1"), (A, "k2")], ignoreOrder: true);
        (await LoadAsync(B)).Events.ShouldBeEmpty();
        (await Store.FindReceiptAsync(B, "k2", None)).ShouldBeNull();
        await CommittedAsync(Lane.WithEvent(B, 1) with { Claims = [TestLane.Claim(B, "free")] });
    }

    [StoreFact]
    public async Task A_known_key_comes_back_with_the_whole_receipt()
    {
        var first = TestLane.Receipt(A, "k", TestLane.Noon.AddTicks(1)) with { Digest = null, Sequence = 3, Version = 2, Reply = [9, 8] };
        await CommittedAsync(Lane.Empty(A) with { Receipts = [first] });

        var found = await Store.FindReceiptAsync(A, "k", None);
        var losers = (await Lane.CommitAsync(Lane.Empty(A) with { Receipts = [TestLane.Receipt(A, "k")] }))
            .ShouldBeOfType<CommitResult.Losers>();

        foreach (var receipt in new[] { found, losers.KnownKeys.Single() })
        {
            Same.Text(receipt).ShouldBe(Same.Text(first));
        }
    }

    [StoreFact]
    public async Task A_claim_that_the_same_entity_holds_is_fine()
    {
        await CommittedAsync(Lane.Empty(A) with { Claims = [TestLane.Claim(A, "x")] });
        await CommittedAsync(Lane.Empty(A) with { Claims = [TestLane.Claim(A, "x"), TestLane.Claim(A, "x")] });
    }

    [StoreFact]
    public async Task Of_two_claims_in_one_batch_the_second_loses_to_the_first()
    {
        var result = await Lane.CommitAsync(Lane.Empty(A, B) with { Claims = [TestLane.Claim(B, "x"), TestLane.Claim(A, "x")] });

        result.ShouldBeOfType<CommitResult.Losers>().TakenClaims.ShouldBe([new ClaimConflict("name", "x", A, B)]);
    }

    [StoreFact]
    public async Task The_same_value_in_two_spaces_is_two_claims()
    {
        await CommittedAsync(Lane.Empty(A, B) with { Claims = [TestLane.Claim(A, "x", "name"), TestLane.Claim(B, "x", "address")] });
    }

    [StoreFact]
    public async Task A_released_value_is_free_for_the_next_batch()
    {
        await CommittedAsync(Lane.Empty(A) with { Claims = [TestLane.Claim(A, "x")] });
        await CommittedAsync(Lane.Empty(A) with { Releases = [TestLane.Claim(A, "x")] });
        await CommittedAsync(Lane.Empty(B) with { Claims = [TestLane.Claim(B, "x")] });
    }

    [StoreFact]
    public async Task Inserts_come_before_releases_so_a_release_in_the_same_batch_is_too_late()
    {
        await CommittedAsync(Lane.Empty(A) with { Claims = [TestLane.Claim(A, "x")] });

        var result = await Lane.CommitAsync(Lane.Empty(A, B) with
        {
            Releases = [TestLane.Claim(A, "x")],
            Claims = [TestLane.Claim(B, "x")],
        });

        result.ShouldBeOfType<CommitResult.Losers>().TakenClaims.ShouldBe([new ClaimConflict("name", "x", B, A)]);
    }

    [StoreFact]
    public async Task A_release_of_another_entity_s_claim_does_nothing()
    {
        await CommittedAsync(Lane.Empty(A) with { Claims = [TestLane.Claim(A, "x")] });
        await CommittedAsync(Lane.Empty(B) with { Releases = [TestLane.Claim(B, "x"), TestLane.Claim(B, "never")] });

        (await Lane.CommitAsync(Lane.Empty(B) with { Claims = [TestLane.Claim(B, "x")] })).ShouldBeOfType<CommitResult.Losers>();
    }

    [StoreFact]
    public async Task Two_lanes_that_claim_crosswise_both_get_an_answer()
    {
        var lanes = await TestLane.JoinAsync(Store, "n1", 2);
        for (var round = 0; round < 20; round++)
        {
            string[] values = [$"x{round}", $"y{round}"];
            var answers = await Task.WhenAll(
                Task.Run(() => lanes[0].CommitAsync(lanes[0].Empty(A) with { Claims = [.. values.Select(v => TestLane.Claim(A, v))] })),
                Task.Run(() => lanes[1].CommitAsync(lanes[1].Empty(B) with { Claims = [.. values.Reverse().Select(v => TestLane.Claim(B, v))] })));

            answers.Count(a => a is CommitResult.Committed).ShouldBe(1);
            answers.OfType<CommitResult.Losers>().Single().TakenClaims.Length.ShouldBe(2);
        }
    }

    [StoreFact]
    public async Task Old_receipts_are_trimmed_in_chunks_and_young_ones_stay()
    {
        await CommittedAsync(Lane.Empty(A) with
        {
            Receipts = [.. Enumerable.Range(0, 10).Select(i => TestLane.Receipt(A, $"k{i}", TestLane.Noon.AddHours(i % 2 == 0 ? -i : i)))],
        });

        (await Store.TrimReceiptsAsync(TestLane.Noon, ReceiptScope.All, 3, None)).ShouldBe(3);
        (await Store.TrimReceiptsAsync(TestLane.Noon, ReceiptScope.All, 3, None)).ShouldBe(1);
        (await Store.TrimReceiptsAsync(TestLane.Noon, ReceiptScope.All, 3, None)).ShouldBe(0);
        (await Store.FindReceiptAsync(A, "k2", None)).ShouldBeNull();
        (await Store.FindReceiptAsync(A, "k0", None)).ShouldNotBeNull();
        (await Store.FindReceiptAsync(A, "k9", None)).ShouldNotBeNull();
    }

    [StoreFact]
    public async Task Receipts_are_trimmed_by_kind()
    {
        var thing = TestLane.Thing("a");
        var thin = new EntityAddress("thin", "a");
        await CommittedAsync(Lane.Empty(thing) with { Receipts = [TestLane.Receipt(thing, "k", TestLane.Noon)] });
        await CommittedAsync(Lane.Empty(thin) with { Receipts = [TestLane.Receipt(thin, "k", TestLane.Noon)] });
        var later = TestLane.Noon.AddHours(1);

        (await Store.TrimReceiptsAsync(later, new ReceiptScope(["thi", "hin"], IsAllBut: false), 9, None)).ShouldBe(0);
        (await Store.TrimReceiptsAsync(later, new ReceiptScope(["thing", "thin"], IsAllBut: true), 9, None)).ShouldBe(0);
        (await Store.TrimReceiptsAsync(later, new ReceiptScope(["other", "thin"], IsAllBut: false), 9, None)).ShouldBe(1);
        (await Store.FindReceiptAsync(thing, "k", None)).ShouldNotBeNull();
        (await Store.TrimReceiptsAsync(later, new ReceiptScope(["thin"], IsAllBut: true), 9, None)).ShouldBe(1);
    }
}
