using Gantry.Actors;
using Gantry.Areas.Tests.Multicast;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.TrustQuorum;

public sealed class QuorumHistoryTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Recent_changes_are_read_newest_first_and_the_years_before_them_are_not()
    {
        var views = new PagedViews();
        for (var epoch = 1; epoch <= 500; epoch++)
        {
            views.Put(Record(epoch, epoch == 500 ? TqStates.Preparing : TqStates.Committed));
        }

        var service = new QuorumService(views, null!, null!, null!, SystemRandomSource.Instance, TimeProvider.System); // only views are asked

        var recent = await service.SinceAsync(TqRack.Id, s_start.AddDays(480), default);

        recent.Select(r => r.Epoch).ShouldBe(Enumerable.Range(0, 21).Select(n => 500L - n));
        views.RowsRead.ShouldBeLessThan(50);
        (await service.SinceAsync(TqRack.Id, s_start.AddYears(9), default)).ShouldHaveSingleItem().Epoch.ShouldBe(500, "it is under way");
        (await service.SinceAsync(TqRack.Id, s_start, default)).Length.ShouldBe(500);
    }

    private static TqRecord Record(int epoch, string state) => new()
    {
        Rack = TqRack.Id, Epoch = epoch, State = state, Threshold = 3, CommitCrashTolerance = 0, Coordinator = TqRack.Board(0), Members = [],
        TimeCreated = s_start.AddDays(epoch),
    };

    /// <summary>Views that give pages as a store does, and count what they gave.</summary>
    private sealed class PagedViews : IViews
    {
        private readonly PureViews _all = new();

        public int RowsRead { get; private set; }

        public void Put(TqRecord record) => _all.Put(TqViews.Configs, TqViews.ConfigKey(record.Rack, record.Epoch), record);

        public async ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class
        {
            var all = (await _all.QueryAsync(query, ct)).Items;
            var from = query.After is { } after ? all.Select(i => i.Key).ToList().IndexOf(after.Key) + 1 : 0;
            var page = all.Skip(from).Take(query.Limit).ToList();
            RowsRead += page.Count;
            return new ViewPage<TRow>([.. page], from + page.Count < all.Length ? new ViewCursor(null, page[^1].Key) : null);
        }

        public ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) => throw new NotSupportedException();
    }
}
