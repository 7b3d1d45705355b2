using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>The read model: written with the events, guarded against wrong projections, read in pages.</summary>
[Trait("spec", "engine/11.2")]
public abstract class ViewConformance<THarness> : StoreSuite<THarness> where THarness : StoreHarness, new()
{
    private static readonly EntityAddress A = TestLane.Thing("a");
    private static readonly EntityAddress B = TestLane.Thing("b");

    [StoreFact]
    public async Task A_row_is_seen_as_soon_as_its_batch_is_committed()
    {
        await CommittedAsync(Lane.WithEvent(A, 1) with { Views = [Lane.Upsert(A, "k", 1, new ThingRow("n", 5, null))] });
        await CommittedAsync(Lane.WithEvent(A, 2) with { Views = [Lane.Upsert(A, "k", 2, new ThingRow("m", null, "g"))] });

        var row = (await QueryAsync()).Single();

        (row.Key, row.Entity, row.Revision).ShouldBe(("k", A, 2L));
        (await QueryAsync(where: [new ViewTest("name", ViewTestKind.Equal, "n")])).ShouldBeEmpty();
        (await QueryAsync(where: [new ViewTest("size", ViewTestKind.Equal, null)])).Count.ShouldBe(1);
    }

    [StoreFact]
    public async Task A_deleted_row_is_gone_and_deleting_nothing_is_fine()
    {
        await CommittedAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", 1, new ThingRow("n", 5, null))] });
        await CommittedAsync(Lane.Empty(A) with { Views = [Lane.Delete(A, "k", 2), Lane.Delete(A, "never", 2)] });

        (await QueryAsync()).ShouldBeEmpty();
    }

    [StoreFact]
    public async Task A_row_of_another_entity_is_poison_and_stays()
    {
        await CommittedAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", 1, new ThingRow("n", 5, null))] });

        var result = await Lane.CommitAsync(Lane.WithEvent(B, 1) with { Views = [Lane.Upsert(B, "k", 9, new ThingRow("m", 5, null))] });
        await CommittedAsync(Lane.Empty(B) with { Views = [Lane.Delete(B, "k", 9)] });

        result.ShouldBeOfType<CommitResult.Poisoned>().Code.ShouldBe("AF003");
        (await LoadAsync(B)).Events.ShouldBeEmpty();
        (await QueryAsync()).Single().Entity.ShouldBe(A);
    }

    [StoreTheory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public async Task A_lower_revision_than_the_row_s_own_is_poison(long revision, bool isFine)
    {
        await CommittedAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", 5, new ThingRow("n", 5, null))] });

        var result = await Lane.CommitAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", revision, new ThingRow("m", 5, null))] });

        (result is CommitResult.Committed).ShouldBe(isFine);
        (result is CommitResult.Poisoned or CommitResult.Committed).ShouldBeTrue();
    }

    [StoreFact]
    public async Task A_view_that_was_not_declared_is_poison_to_write_and_an_error_to_read()
    {
        var other = new ViewSchema<ThingRow>("other", ThingJson.Default.ThingRow);

        (await Lane.CommitAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", 1, new ThingRow("n", 5, null), other)] }))
            .ShouldBeOfType<CommitResult.Poisoned>();
        await Should.ThrowAsync<InvalidOperationException>(async () => await QueryAsync(other));
        await Should.ThrowAsync<InvalidOperationException>(async () => await QueryAsync(orderBy: "nope"));
    }

    [StoreTheory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData("name", false)]
    [InlineData("name", true)]
    [InlineData("size", false)]
    [InlineData("size", true)]
    [InlineData("key", true)]
    [InlineData("entity", false)]
    public async Task Pages_put_together_are_the_whole_in_order(string? orderBy, bool isDescending)
    {
        string?[] names = [null, "", "a", "b", "B", "\uFF5Ez", "\U0001F600", "ab", "a"];
        await CommittedAsync(Lane.Empty(A) with
        {
            Views =
            [
                .. Enumerable.Range(0, 40).Select(i => Lane.Upsert(
                    A, $"k{i * 7 % 40:00}", 1, new ThingRow(names[i % names.Length], i % 5 == 0 ? null : i % 4, "g"))),
            ],
        });

        var whole = await QueryAsync(orderBy: orderBy, isDescending: isDescending);
        var pages = new List<ViewRow>();
        ViewCursor? after = null;
        do
        {
            var page = await QueryAsync(orderBy: orderBy, isDescending: isDescending, limit: 3, after: after);
            pages.AddRange(page);
            after = page.Count == 3 ? new ViewCursor(page[^1].Order, page[^1].Key) : null;
        }
        while (after is not null);

        whole.Count.ShouldBe(40);
        pages.Select(p => p.Key).ShouldBe(whole.Select(w => w.Key));
    }

    [StoreTheory]
    [InlineData("name", ViewTestKind.Equal, "a", "a")]
    [InlineData("name", ViewTestKind.Equal, null, "none")]
    [InlineData("name", ViewTestKind.NotEqual, "a", "ab,b,grin,none,tilde,A")]
    [InlineData("name", ViewTestKind.NotEqual, null, "a,ab,b,grin,tilde,A")]
    [InlineData("name", ViewTestKind.Prefix, "a", "a,ab")]
    [InlineData("name", ViewTestKind.Prefix, "", "a,ab,b,grin,tilde,A")]
    [InlineData("name", ViewTestKind.Prefix, null, "")]
    [InlineData("name", ViewTestKind.Prefix, "\uFF5E", "tilde")]
    [InlineData("name", ViewTestKind.AtLeast, "b", "b,grin,tilde")]
    [InlineData("name", ViewTestKind.AtMost, "a", "a,A")]
    [InlineData("name", ViewTestKind.AtLeast, "\uFF5F", "grin")]
    [InlineData("name", ViewTestKind.AtMost, null, "")]
    [InlineData("size", ViewTestKind.AtLeast, 3L, "b,grin,tilde")]
    [InlineData("size", ViewTestKind.Equal, 2L, "ab")]
    [InlineData("key", ViewTestKind.Prefix, "a", "a,ab")]
    [InlineData("entity", ViewTestKind.Equal, "thing/a", "a,ab,b,grin,none,tilde,A")]
    public async Task Tests_choose_rows(string column, ViewTestKind kind, object? value, string keys)
    {
        (string Key, string? Name, long? Size)[] rows =
            [("a", "a", 1), ("ab", "ab", 2), ("b", "b", 3), ("none", null, null), ("tilde", "\uFF5E", 4), ("grin", "\U0001F600", 5), ("A", "A", 0)];
        await CommittedAsync(Lane.Empty(A) with { Views = [.. rows.Select(r => Lane.Upsert(A, r.Key, 1, new ThingRow(r.Name, r.Size, null)))] });

        var found = await QueryAsync(where: [new ViewTest(column, kind, value)]);

        found.Select(r => r.Key).Order(StringComparer.Ordinal)
            .ShouldBe(keys.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [StoreFact]
    public async Task A_snapshot_sees_one_commit_in_all_views()
    {
        await CommittedAsync(Lane.Empty(A) with { Views = [Lane.Upsert(A, "k", 1, new ThingRow("n", 1, null))] });
        await using var snapshot = await Store.SnapshotAsync(None);
        await CommittedAsync(Lane.Empty(A) with
        {
            Views = [Lane.Delete(A, "k", 2), Lane.Upsert(A, "p", 2, new ThingRow("n", 1, null), ThingViews.Plain)],
        });

        var things = await snapshot.QueryAsync(new ViewRowQuery(ThingViews.Things, [], null, false, null, 10), None);
        var plain = await snapshot.QueryAsync(new ViewRowQuery(ThingViews.Plain, [], null, false, null, 10), None);

        things.Rows.Count.ShouldBe(1);
        plain.Rows.ShouldBeEmpty();
        (await QueryAsync()).ShouldBeEmpty();
        (await QueryAsync(ThingViews.Plain)).Count.ShouldBe(1);
    }
}
