using Gantry.Actors;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>What every suite starts from: an open store with one lane joined.</summary>
public abstract class StoreSuite<THarness> : IAsyncLifetime where THarness : StoreHarness, new()
{
    private protected THarness Harness { get; } = new();

    private protected IActorStore Store { get; private set; } = null!; // set before each test

    private protected TestLane Lane { get; private set; } = null!; // set before each test

    private protected static CancellationToken None => CancellationToken.None;

    private protected static StoreOptions Options => new(TestLane.ShardCount, [ThingViews.Things, ThingViews.Plain]);

    public async Task InitializeAsync()
    {
        Store = Harness.Make();
        await Store.OpenAsync(Options, None);
        Lane = await TestLane.JoinAsync(Store);
    }

    public async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await Harness.DisposeAsync();
    }

    /// <summary>Closes the store and opens it again.</summary>
    private protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Harness.Make();
        await Store.OpenAsync(Options, None);
    }

    private protected async Task CommittedAsync(CommitBatch batch, TestLane? lane = null) =>
        (await (lane ?? Lane).CommitAsync(batch)).ShouldBeOfType<CommitResult.Committed>();

    private protected async Task<EntityImage> LoadAsync(EntityAddress entity) =>
        (await ListAsync(Store.LoadAsync([entity], None))).Single();

    private protected async Task<List<MailRow>> ScanAsync(DateTimeOffset? before = null, int max = 1_000) =>
        await ListAsync(Store.ScanMailAsync([.. Lane.Shards.Select(s => s.Shard)], before ?? DateTimeOffset.MaxValue, max, None));

    private protected static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> rows)
    {
        var all = new List<T>();
        await foreach (var row in rows)
        {
            all.Add(row);
        }

        return all;
    }

    private protected async Task<List<ViewRow>> QueryAsync(
        ViewSchema? view = null, string? orderBy = null, bool isDescending = false, int limit = 1_000, ViewCursor? after = null,
        params ViewTest[] where) =>
        [.. (await Store.QueryAsync(new ViewRowQuery(view ?? ThingViews.Things, where, orderBy, isDescending, after, limit), None)).Rows];
}
