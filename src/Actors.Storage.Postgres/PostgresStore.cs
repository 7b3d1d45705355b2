using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Data;
using System.Runtime.CompilerServices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The store of several nodes: PostgreSQL decides who owns a shard and which batch of a lane is the last. Each lane commits a batch in one
/// round trip on a connection of its own; reads use a pool (engine 3).
/// </summary>
public sealed class PostgresStore : IActorStore
{
    private readonly PostgresStoreOptions _options;
    private readonly Connections _connections;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<(Incarnation Me, int Lane), LaneSession> _lanes = new();
    private FrozenDictionary<string, ViewTable> _tables = FrozenDictionary<string, ViewTable>.Empty;
    private StoreIdentity? _identity;
    private PostgresMembership? _membership;

    /// <summary>Makes a store that is not open yet.</summary>
    public PostgresStore(PostgresStoreOptions options, TimeProvider time, IRandomSource random, ILogger<PostgresStore>? log = null)
    {
        _options = options;
        _connections = new Connections(options);
        _time = time;
        _random = random;
        _log = log ?? NullLogger<PostgresStore>.Instance;
    }

    /// <inheritdoc/>
    public StoreIdentity Identity => _identity ?? throw new InvariantException("the store is asked who it is before it was opened");

    /// <inheritdoc/>
    public string? WhyUnsafe { get; private set; }

    /// <summary>Tests make commits fail here.</summary>
    internal Action<CommitPoint>? Fault { get; set; }

    /// <summary>Members and owners of shards.</summary>
    public IMembershipStore Membership => _membership ??= new PostgresMembership(
        _connections, () => Identity, (ticket, shard, to, ct) => SessionOf(ticket.Incarnation, ticket.Lane).TransferAsync(ticket, shard, to, _time.GetUtcNow(), ct), _time);

    /// <inheritdoc/>
    public IStoreMaintenance Maintenance => field ??= new PostgresMaintenance(_connections, () => _tables);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(StoreOptions options, CancellationToken ct)
    {
        Invariant.Check(_identity is null, "a store is opened once");
        try
        {
            await using var connection = await _connections.RentAsync(ct);
            WhyUnsafe = await ServerSettings.CheckAsync(connection, _connections.Place, _options.IsUnsafeAllowed, _log, ct);
            var tables = options.Views.Select(v => new ViewTable(v)).ToArray();
            var identity = await new Migration(connection, _options.Schema, _connections.Place)
                .RunAsync(options, tables, _connections.Server.SystemId, _random, _time.GetUtcNow(), ct);
            _tables = tables.ToFrozenDictionary(t => t.Schema.Name);
            _identity = identity;
            PostgresStoreLog.Opened(
                _log, _connections.Database, _connections.Host, connection.PostgreSqlVersion.ToString(), identity.ShardCount, identity.ClusterId);
        }
        catch (StoreConnectionException e)
        {
            throw new StoreRefusedException(e.Message);
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            throw new StoreRefusedException(
                $"{_connections.Place} cannot be opened: {e.Message}. Check gantry.storage.connection, that the server runs, and that this role may "
                + $"create the schema {_options.Schema}.");
        }
    }

    /// <inheritdoc/>
    public void ForgetServer() => _connections.ForgetServer();

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct)
    {
        // A dead incarnation may still hold its row: end its sessions and fence again, until the fence is through.
        for (var left = 5; ; left--)
        {
            await using var connection = await _connections.RentAsync(ct);
            try
            {
                return await Joining.RunAsync(connection, _connections, Identity, me, nodeId, lanes, _time.GetUtcNow(), ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && left > 0)
            {
                var ended = await Sessions.EndAsync(connection, "actors/%/%", ct);
                PostgresStoreLog.SessionsEnded(_log, ended);
            }
            catch (Exception e) when (StoreErrors.IsDatabase(e))
            {
                throw _connections.Unreadable(e);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) =>
        SessionOf(ticket.Incarnation, ticket.Lane).CommitAsync(ticket, batch, Fault, ct);

    /// <inheritdoc/>
    public async ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct)
    {
        var call = new SqlCall("SELECT 1 FROM lane WHERE incarnation = $1 AND lane = $2 AND session = $3 AND NOT fenced")
            .Uuid(ticket.Incarnation.Value).Int(ticket.Lane).Int(ticket.Session);
        var isUnfenced = (await ReadAsync(call, r => r.GetInt32(0), ct)).Count == 1;
        return isUnfenced && SessionOf(ticket.Incarnation, ticket.Lane).IsOfPresentServer;
    }

    /// <inheritdoc/>
    public ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => SessionOf(me, lane).ResolveAsync(ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<EntityImage> LoadAsync(
        IReadOnlyList<EntityAddress> entities, [EnumeratorCancellation] CancellationToken ct)
    {
        var (snapshots, events) = await ImagesAsync(entities, ct);
        foreach (var entity in entities)
        {
            yield return new EntityImage(entity, snapshots.GetValueOrDefault(entity), [.. events[entity]]);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) =>
        (await ReadAsync(Rows.Receipt(entity, key), Rows.ReadReceipt(entity, key), ct)).SingleOrDefault();

    /// <inheritdoc/>
    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        StreamAsync(Rows.DueMail(shards, dueBefore, null, max), Rows.ReadMail, ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, CancellationToken ct) =>
        StreamAsync(Rows.DueMail(shards, dueBefore, after, max), Rows.ReadMail, ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct) =>
        StreamAsync(Rows.Tail(shard, afterPosition, max), Rows.ReadEvent, ct);

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<long>> HeadsAsync(CancellationToken ct) =>
        [.. await ReadAsync(Rows.Heads(), r => r.GetInt64(0), ct)];

    /// <inheritdoc/>
    public IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct) =>
        StreamAsync(Rows.History(entity, afterSequence, max), Rows.ReadEvent, ct);

    /// <inheritdoc/>
    public async ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct)
    {
        await using var connection = await _connections.RentAsync(ct);
        return await QueryOnAsync(connection, null, query, ct);
    }

    /// <inheritdoc/>
    public async ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct)
    {
        var connection = await _connections.RentAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);

            // The transaction begins to see with its first read.
            await new SqlCall("SELECT 1 FROM cluster").RunAsync(connection, ct, transaction);
            return new StoreSnapshot(this, connection, transaction);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw StoreErrors.IsDatabase(e) ? _connections.Unreadable(e) : e;
        }
    }

    /// <inheritdoc/>
    public async ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct) =>
        _ = await RunAsync(SnapshotWrites.Save(me, rows), ct);

    /// <inheritdoc/>
    public async ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, ReceiptScope scope, int max, CancellationToken ct) =>
        await RunAsync(Rows.TrimReceipts(before, scope, max), ct);

    /// <inheritdoc/>
    public async ValueTask PingAsync(CancellationToken ct) => _ = await RunAsync(new SqlCall("SELECT 1"), ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            await lane.DisposeAsync();
        }

        await _connections.DisposeAsync();
    }

    /// <summary>A view question on a connection that is open already.</summary>
    internal async ValueTask<ViewRowPage> QueryOnAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, ViewRowQuery query, CancellationToken ct)
    {
        var table = _tables.TryGetValue(query.View.Name, out var found)
            ? found
            : throw new InvalidOperationException($"view {query.View.Name} was not declared when the store was opened");
        var (call, read) = ViewSql.Of(table, query);
        try
        {
            return new ViewRowPage(await call.ReadAsync(connection, read, ct, transaction));
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            throw _connections.Unreadable(e);
        }
    }

    private LaneSession SessionOf(Incarnation me, int lane) =>
        _lanes.GetOrAdd((me, lane), key => new LaneSession(_connections, key.Me, key.Lane, _tables));

    // One transaction, for events after a snapshot must be seen beside that snapshot and no older one, and one round trip (engine 3.5).
    private ValueTask<(Dictionary<EntityAddress, SnapshotRow> Snapshots, ILookup<EntityAddress, EventRow> Events)> ImagesAsync(
        IReadOnlyList<EntityAddress> entities, CancellationToken ct) => _connections.ReadAsync(
        async connection =>
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
            Rows.Snapshots(entities).Into(batch);
            Rows.EventsFromSnapshots(entities).Into(batch);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            await using var reader = await batch.ExecuteReaderAsync(ct);
            var snapshots = await SqlCall.RowsAsync(reader, Rows.ReadSnapshot, ct);
            await reader.NextResultAsync(ct);
            var events = await SqlCall.RowsAsync(reader, Rows.ReadEvent, ct);
            await reader.NextResultAsync(ct);
            return (snapshots.ToDictionary(s => s.Entity), events.ToLookup(e => e.Entity));
        },
        ct);

    private async IAsyncEnumerable<T> StreamAsync<T>(SqlCall call, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var row in await ReadAsync(call, read, ct))
        {
            yield return row;
        }
    }

    private ValueTask<List<T>> ReadAsync<T>(SqlCall call, Func<NpgsqlDataReader, T> read, CancellationToken ct) =>
        _connections.ReadAsync(connection => call.ReadAsync(connection, read, ct), ct);

    private ValueTask<int> RunAsync(SqlCall call, CancellationToken ct) =>
        _connections.ReadAsync(connection => call.RunAsync(connection, ct), ct);
}
