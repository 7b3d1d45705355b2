using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// One lane's own connection. Nothing else ever runs on it; a broken one is thrown away, and only <see cref="ResolveAsync"/> makes the next.
/// </summary>
internal sealed class LaneSession(Connections connections, Incarnation me, int lane, IReadOnlyDictionary<string, ViewTable> tables) : IAsyncDisposable
{
    private static readonly CommitResult Committed = new CommitResult.Committed();

    // The incarnation's, however late one of its lanes comes back.
    private readonly ServerMark _server = connections.Server;

    private NpgsqlConnection? _connection;

    /// <summary>Whether reads now go to the server that this lane's incarnation joined on.</summary>
    public bool IsOfPresentServer => _server == connections.Server;

    /// <summary>Commits, or says why nothing was committed.</summary>
    /// <exception cref="StoreConnectionException">No answer.</exception>
    public ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, Action<CommitPoint>? fault, CancellationToken ct) =>
        RunAsync(() => BatchStatements.Of(ticket, batch, tables), fault, ct);

    /// <summary>Gives a shard away: a batch of its own.</summary>
    /// <exception cref="StoreConnectionException">No answer.</exception>
    public ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, DateTimeOffset now, CancellationToken ct) =>
        RunAsync(() => [BatchStatements.Transfer(ticket, shard, to, now)], null, ct);

    /// <summary>
    /// Opens the next session of the lane on a new connection. Whatever an older session still had under way is over before this answers:
    /// its sessions are ended, and the update waits for its row.
    /// </summary>
    public async ValueTask<LaneProbe> ResolveAsync(CancellationToken ct)
    {
        await DisposeAsync();
        var connection = await connections.OpenLaneAsync(me, lane, _server, ct);
        try
        {
            await Sessions.EndAsync(connection, Connections.NameOf(me, lane), ct);
            var probes = await new SqlCall(
                "UPDATE lane SET session = session + 1 WHERE incarnation = $1 AND lane = $2 RETURNING session, batch_no, fenced")
                .Uuid(me.Value).Int(lane)
                .ReadAsync(connection, r => new LaneProbe(r.GetInt32(0), r.GetInt64(1), r.GetBoolean(2)), ct);
            _connection = connection;

            // A lane that is not there is a fenced one.
            return probes is [var probe] ? probe : new LaneProbe(0, 0, Fenced: true);
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            await connection.DisposeAsync();
            throw new StoreConnectionException($"Lane {lane} could not ask what was committed: {e.Message}. Ask again.", false, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    private async ValueTask<CommitResult> RunAsync(Func<IEnumerable<SqlCall>> statements, Action<CommitPoint>? fault, CancellationToken ct)
    {
        var connection = _connection ??= await connections.OpenLaneAsync(me, lane, _server, ct);
        try
        {
            fault?.Invoke(CommitPoint.BeforeSending);
            await using var commands = new NpgsqlBatch(connection);
            foreach (var call in statements())
            {
                call.Into(commands);
            }

            // Not cancelled by the caller: a batch that is on its way has an outcome, and asking for it costs more than waiting.
            await commands.ExecuteNonQueryAsync(CancellationToken.None);
            fault?.Invoke(CommitPoint.AfterAnswer);
            return Committed;
        }
        catch (UnknownViewException e)
        {
            return new CommitResult.Poisoned(Functions.ViewState, e.Message);
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            return await AnswerAsync(e);
        }
    }

    private async ValueTask<CommitResult> AnswerAsync(Exception e)
    {
        var detail = (e as PostgresException)?.Detail ?? "";
        var state = (e as PostgresException)?.SqlState ?? "text";
        switch (StoreErrors.Of(e))
        {
            case StoreErrors.Meaning.Fence:
                return Details.Fence(detail);
            case StoreErrors.Meaning.Losers:
                return Details.Losers(detail);
            case StoreErrors.Meaning.Poison or StoreErrors.Meaning.TooMuch:
                await ForgetUnlessAnsweredAsync(e);
                return new CommitResult.Poisoned(state, e.Message);
            case StoreErrors.Meaning.KnownUnavailable:
                throw new StoreConnectionException($"{connections.Place} could not commit now ({state}): {e.Message}. Nothing was done.", true, e);
            case StoreErrors.Meaning.UnknownUnavailable:
                await DisposeAsync();
                throw new StoreConnectionException($"{connections.Place} did not answer a commit: {e.Message}.", false, e);
            default:
                throw new Primitives.InvariantException($"{connections.Place} answered a commit with {state}: {e.Message}");
        }
    }

    // Text that cannot be encoded stops the driver half way: nothing was sent, but it would count statements as prepared that never were.
    private async ValueTask ForgetUnlessAnsweredAsync(Exception e)
    {
        if (e is not PostgresException || _connection is { State: not System.Data.ConnectionState.Open })
        {
            await DisposeAsync();
        }
    }
}

/// <summary>Where tests can make a commit fail.</summary>
internal enum CommitPoint
{
    /// <summary>Nothing was sent.</summary>
    BeforeSending,

    /// <summary>Durable; the caller does not know yet.</summary>
    AfterAnswer,
}
