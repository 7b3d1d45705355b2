using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// The store of a single node: one SQLite file in write-ahead mode with a sync at every commit. One process at a time has it; one thread
/// writes; readers never wait for it. One lane serves it best, for two would pay two syncs (engine 3.2).
/// </summary>
public sealed class SqliteStore : IActorStore
{
    private readonly SqliteStoreOptions _options;
    private readonly DataFolder _folder;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly ILogger _log;
    private FrozenDictionary<string, ViewTable> _tables = FrozenDictionary<string, ViewTable>.Empty;
    private StoreIdentity? _identity;
    private StoreLock? _lock;
    private WriterThread? _writer;
    private ReadPool? _readers;

    /// <summary>Makes a store that is not open yet.</summary>
    public SqliteStore(SqliteStoreOptions options, TimeProvider time, IRandomSource random, ILogger<SqliteStore>? log = null)
    {
        _options = options;
        _folder = new DataFolder(options.Folder);
        _time = time;
        _random = random;
        _log = log ?? NullLogger<SqliteStore>.Instance;
    }

    /// <inheritdoc/>
    public StoreIdentity Identity => _identity ?? throw new InvariantException("the store is asked who it is before it was opened");

    /// <inheritdoc/>
    public IStoreMaintenance Maintenance => field ??= new SqliteMaintenance(_folder.Database, () => Writer, () => Readers, () => _tables);

    /// <summary>The native library in use, for health and log.</summary>
    public static string Library => SqliteLibrary.Description;

    /// <summary>Tests make commits fail here; it runs on the writer's thread.</summary>
    internal Action<CommitPoint>? Fault { get; set; }

    private WriterThread Writer => _writer ?? throw new InvariantException("the store is used before it was opened or after it was closed");

    private ReadPool Readers => _readers ?? throw new InvariantException("the store is used before it was opened or after it was closed");

    /// <inheritdoc/>
    [SuppressMessage("Reliability", "CA2000", Justification = "The writer owns the connection from here on.")]
    public async ValueTask OpenAsync(StoreOptions options, CancellationToken ct)
    {
        Invariant.Check(_lock is null, "a store is opened once");
        _folder.Prepare();
        var held = await StoreLock.TakeAsync(_folder, _options.LockWait, _time, ct).ConfigureAwait(false);
        try
        {
            var tables = options.Views.Select(v => new ViewTable(v)).ToImmutableArray();
            var connection = StoreOpening.Open(_folder, options.ShardCount, tables, _random, _time.GetUtcNow(), out var identity);
            Sign(held, connection);
            _identity = identity;
            _tables = tables.ToFrozenDictionary(t => t.Schema.Name);
            _readers = new ReadPool(_folder.Database);
            _writer = new WriterThread(_folder.Database, connection, _tables, _options.CheckpointPages, _log);
            _lock = held;
            SqliteStoreLog.Opened(_log, _folder.Database, Library, identity.ShardCount, identity.ClusterId);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct) =>
        await Writer.RunAsync(w => LaneRows.Join(w.Connection, me, nodeId, lanes, _time.GetUtcNow()), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) =>
        await Writer.RunAsync(w => w.Commit.Run(ticket, batch, Fault), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) =>
        Readers.ReadAsync(ticket, static (connection, t) => LaneRows.IsOurs(connection, t), ct);

    /// <inheritdoc/>
    public async ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) =>
        await Writer.RunAsync(w => LaneRows.Resolve(w.Connection, me, lane), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct) =>
        StreamAsync(entities, static (connection, all) => InOneView(connection, all, Images), ct);

    /// <inheritdoc/>
    public ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) => Readers.ReadAsync(
        (entity, key), static (connection, at) => ReceiptRows.Find(connection.Prepare(ReceiptRows.FindSql), at.entity, at.key), ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        ScanMailAsync(shards, dueBefore, after: null, max, ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, CancellationToken ct) => StreamAsync(
        (shards, dueBefore, after, max),
        static (connection, q) => MailRows.Due(connection, q.shards, q.dueBefore, q.after, q.max),
        ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct) => StreamAsync(
        (shard, afterPosition, max), static (connection, q) => EventRows.Tail(connection, q.shard, q.afterPosition, q.max), ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct) => StreamAsync(
        (entity, afterSequence, max), static (connection, q) => EventRows.History(connection, q.entity, q.afterSequence, q.max), ct);

    /// <inheritdoc/>
    public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) => Readers.ReadAsync(
        (_tables, query), static (connection, q) => ViewSql.Run(connection, TableOf(q._tables, q.query), q.query), ct);

    /// <inheritdoc/>
    public async ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct)
    {
        var connection = await Readers.RentAsync(ct).ConfigureAwait(false);
        try
        {
            return new StoreSnapshot(Readers, connection, _tables);
        }
        catch (SqliteFailure e)
        {
            Readers.Return(connection, isSound: false);
            throw Readers.Port(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct) =>
        _ = await Writer.RunAsync(w => SnapshotRows.Save(w.Connection, me, rows), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, ReceiptScope scope, int max, CancellationToken ct) =>
        await Writer.RunAsync(w => ReceiptRows.Trim(w.Connection, before, scope, max), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask PingAsync(CancellationToken ct) =>
        _ = await Readers.ReadAsync(0, static (connection, _) => connection.Number("SELECT 1"), ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Readers first: the last copying of the log into the file must not meet an open read.
        _readers?.Dispose();
        if (_writer is { } writer)
        {
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        _lock?.Dispose();
    }

    /// <summary>Runs a statement on the write connection and gives the number it answers, for tests.</summary>
    internal Task<long> ExecuteAsync(string sql) => Writer.RunAsync(w => w.Connection.Number(sql), CancellationToken.None);

    internal static ViewTable TableOf(IReadOnlyDictionary<string, ViewTable> tables, ViewRowQuery query) =>
        tables.TryGetValue(query.View.Name, out var table)
            ? table
            : throw new InvalidOperationException($"view {query.View.Name} was not declared when the store was opened");

    /// <summary>The write connection with its settings.</summary>
    internal static Connection OpenWriter(string file)
    {
        var connection = Connection.Open(file);
        try
        {
            _ = connection.Text("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL");

            // The writer has the log copied beside it (LogCopier).
            connection.Execute("PRAGMA wal_autocheckpoint = 0");
            connection.Execute("PRAGMA temp_store = MEMORY");
            connection.Execute("PRAGMA cache_size = -32768");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // After the database is there: a signature without one says that a store has vanished.
    private void Sign(StoreLock held, Connection opened)
    {
        try
        {
            held.Sign(_folder, _time.GetUtcNow());
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    // Off the caller's thread at once: the native library blocks while it reads.
    private async IAsyncEnumerable<T> StreamAsync<TQuestion, T>(
        TQuestion question, Func<Connection, TQuestion, List<T>> read, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var row in await Readers.ReadAsync(question, read, ct).ConfigureAwait(false))
        {
            yield return row;
        }
    }

    private static List<EntityImage> Images(Connection connection, IReadOnlyList<EntityAddress> entities)
    {
        var images = new List<EntityImage>(entities.Count);
        foreach (var entity in entities)
        {
            images.Add(EventRows.Image(connection, entity));
        }

        return images;
    }

    private static T InOneView<TArgument, T>(Connection connection, TArgument argument, Func<Connection, TArgument, T> read)
    {
        connection.Prepare("BEGIN").Run();
        try
        {
            return read(connection, argument);
        }
        finally
        {
            connection.RollbackIfOpen();
        }
    }
}
