using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>Rows whose bytes flipped, under a running engine: one entity stops, the operator reads which and what to do (engine 3.2, 6).</summary>
[Trait("spec", "engine/6")]
public sealed class DamagedRowTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-damaged-").FullName;
    private readonly EngineModel _model = new([LedgerArea.Module]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_event_that_flipped_quarantines_its_entity_and_no_other()
    {
        await RunAsync(async engine =>
        {
            (await AddAsync(engine, "a", "first")).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>();
            (await AddAsync(engine, "b", "first")).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>();
        });
        Sql($"UPDATE event SET at = at + 1 WHERE entity = '{LedgerArea.At("a")}'");

        await RunAsync(async engine =>
        {
            (await AddAsync(engine, "a", "second")).ShouldBeOfType<Outcome<LedgerTotal>.Unavailable>();
            (await AddAsync(engine, "b", "second")).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>();

            var quarantined = engine.EntityAdmin.Quarantined().ShouldHaveSingleItem();
            quarantined.Entity.ShouldBe(LedgerArea.At("a"));
            quarantined.Why.ShouldContain("checksum");
            quarantined.Why.ShouldContain("store check");
        });
    }

    [Fact]
    public async Task A_snapshot_that_flipped_is_left_aside_for_the_events()
    {
        await RunAsync(async engine =>
        {
            await AddAsync(engine, "a", "first");
            await AddAsync(engine, "a", "second");
        });
        Sql($"INSERT INTO snapshot (entity, seq, tag, state_ver, body, sum) VALUES ('{LedgerArea.At("a")}', 2, 'test.ledger', 1, x'7B7D', 1)");

        await RunAsync(async engine =>
            (await AddAsync(engine, "a", "third")).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>().Value.Value.ShouldBe(3));
    }

    [Fact]
    public async Task A_receipt_that_flipped_leaves_its_key_unknown_and_ends_no_lane()
    {
        await RunAsync(async engine => await AddAsync(engine, "a", "first"));
        Sql("UPDATE receipt SET seq = seq + 1");

        await RunAsync(async engine =>
        {
            var again = (await AddAsync(engine, "a", "first")).ShouldBeOfType<Outcome<LedgerTotal>.Unknown>();

            again.Reason.ShouldContain("receipt");
            (await AddAsync(engine, "a", "second")).ShouldBeOfType<Outcome<LedgerTotal>.Accepted>().Value.Value.ShouldBe(2);
            engine.Rejoins.ShouldBe(0);
        });
    }

    private static ValueTask<Outcome<LedgerTotal>> AddAsync(ActorEngine engine, string entity, string key) => engine.Entities.AskAsync(
        LedgerArea.At(entity),
        new Add(1, "x"),
        new AskOptions
        {
            Key = new CommandKey(key),
            Deadline = TimeSpan.FromSeconds(10),
            Caller = new Principal(PrincipalKind.Host, "test"),
        },
        CancellationToken.None);

    private void Sql(string sql)
    {
        using var connection = Connection.Open(Path.Combine(_folder, "gantry.db"));
        connection.Execute(sql);
    }

    private async Task RunAsync(Func<ActorEngine, Task> work)
    {
        await using var store = new SqliteStore(new SqliteStoreOptions { Folder = _folder }, TimeProvider.System, SystemRandomSource.Instance);
        await using var engine = new ActorEngine(new ActorEngineParts
        {
            Store = store,
            Model = _model,
            Options = new ActorEngineOptions { Lanes = 1, StopPatience = TimeSpan.FromMilliseconds(500) },
            Activities = () => [],
            Listener = new CommitListeners(),
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        await engine.StartAsync(CancellationToken.None);
        await work(engine);
    }
}
