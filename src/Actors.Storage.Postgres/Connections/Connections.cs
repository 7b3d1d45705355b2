using Gantry.Primitives;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Ways to the server: pooled connections that read, and unpooled ones that belong to one lane or to the beats. Every physical connection is
/// checked to reach the same server on the same timeline as the first of its incarnation (engine 3.4).
/// </summary>
internal sealed class Connections : IAsyncDisposable
{
    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlConnectionStringBuilder _lane;
    private ServerMark _server;

    public Connections(PostgresStoreOptions options)
    {
        var schema = options.Schema;
        Invariant.Check(
            schema.Length is > 0 and <= 60 && schema.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_'),
            $"schema {schema} is lower snake case");
        var shared = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            SearchPath = schema,
            MaxAutoPrepare = 128,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = true,
            Timeout = 5,
            CommandTimeout = 10,
            KeepAlive = 0,
            TargetSessionAttributes = null,
        };
        var pooled = new NpgsqlConnectionStringBuilder(shared.ConnectionString)
        {
            Pooling = true,

            // 32 view queries run at once; loads, confirms and the look at members must find room beside them.
            MaxPoolSize = 48,
            ApplicationName = "actors/read",
            Options = "-c statement_timeout=5s -c default_transaction_read_only=off",
        };
        _lane = new NpgsqlConnectionStringBuilder(shared.ConnectionString)
        {
            Pooling = false,
            Options = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=2s "
                + "-c client_connection_check_interval=1s",
            TargetSessionAttributes = TargetOf(shared),
        };
        Place = $"{shared.Database}.{schema} on {shared.Host}:{shared.Port}";
        Database = shared.Database ?? "";
        Host = $"{shared.Host}:{shared.Port}";
        _server = new ServerMark(Place);
        _pool = Source(pooled);
    }

    /// <summary>Database and server, for messages.</summary>
    public string Place { get; }

    public string Database { get; }

    public string Host { get; }

    /// <summary>The server of the present incarnation.</summary>
    public ServerMark Server => Volatile.Read(ref _server);

    /// <summary>What a connection string must ask for where it names several hosts: the one of them that writes.</summary>
    public static string? TargetOf(NpgsqlConnectionStringBuilder settings) =>
        settings.Host?.Contains(',', StringComparison.Ordinal) == true ? "primary" : null;

    /// <summary>
    /// The incarnation is over: the next one works on whatever server it meets first. Pooled connections that were checked for the last one go.
    /// </summary>
    public void ForgetServer()
    {
        Volatile.Write(ref _server, new ServerMark(Place));
        _pool.Clear();
    }

    /// <summary>The name under which a lane's session is seen, and ended, in <c>pg_stat_activity</c>. At most 63 bytes.</summary>
    public static string NameOf(Incarnation me, int lane) => $"actors/{me}/{lane}";

    /// <summary>A pooled connection for reads and for what is no lane's.</summary>
    public Task<NpgsqlConnection> RentAsync(CancellationToken ct) => OpenedAsync(_pool.CreateConnection(), null, ct);

    /// <summary>Reads on a pooled connection.</summary>
    /// <exception cref="StoreConnectionException">It could not be read; the outcome is known.</exception>
    public ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken ct) =>
        OnPooledAsync(run, StoreErrors.IsDatabase, Unreadable, ct);

    /// <summary>Runs statements on a pooled connection that may change something.</summary>
    /// <param name="run">What to run; it may be done twice.</param>
    /// <param name="isAnswer">Errors of the server that the caller understands; they pass through as they are.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <exception cref="StoreConnectionException">No answer; it may have been done.</exception>
    public ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> run, Func<Exception, bool> isAnswer, CancellationToken ct) =>
        OnPooledAsync(run, e => StoreErrors.IsDatabase(e) && !isAnswer(e), Unanswered, ct);

    /// <summary>What a read that failed is for the callers of the port.</summary>
    public StoreConnectionException Unreadable(Exception e) => new($"{Place} cannot be read: {e.Message}. Nothing was done; try again.", true, e)
    {
        IsDamage = e is PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted },
    };

    /// <summary>A connection of a lane's own.</summary>
    public Task<NpgsqlConnection> OpenLaneAsync(Incarnation me, int lane, ServerMark server, CancellationToken ct) => OpenedAsync(
        new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_lane.ConnectionString) { ApplicationName = NameOf(me, lane) }.ConnectionString), server, ct);

    /// <summary>A connection for the beats of one incarnation, not open yet.</summary>
    public NpgsqlConnection BeatLine(Incarnation me, TimeSpan patience) => new(new NpgsqlConnectionStringBuilder(_lane.ConnectionString)
    {
        ApplicationName = $"actors/{me}/beat",
        Timeout = Math.Max(1, (int)patience.TotalSeconds),
        CommandTimeout = Math.Max(1, (int)patience.TotalSeconds),
    }.ConnectionString);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private StoreConnectionException Unanswered(Exception e) =>
        new($"{Place} did not answer: {e.Message}. Try again: every step may be done twice.", false, e);

    private async ValueTask<T> OnPooledAsync<T>(
        Func<NpgsqlConnection, Task<T>> run, Func<Exception, bool> isFailure, Func<Exception, StoreConnectionException> become, CancellationToken ct)
    {
        await using var connection = await RentAsync(ct);
        try
        {
            return await run(connection);
        }
        catch (Exception e) when (isFailure(e))
        {
            throw become(e);
        }
    }

    // Checked once each, when they are made: what is rented again and again costs nothing more.
    private NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .UsePhysicalConnectionInitializer(c => Server.Check(c), c => Server.CheckAsync(c, CancellationToken.None));

        // With several hosts a fail-over must not leave us on a standby.
        return TargetOf(settings) is null ? builder.Build() : builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary);
    }

    private async Task<NpgsqlConnection> OpenedAsync(NpgsqlConnection connection, ServerMark? server, CancellationToken ct)
    {
        try
        {
            await connection.OpenAsync(ct);
            await (server?.CheckAsync(connection, ct) ?? Task.CompletedTask);
            return connection;
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            await connection.DisposeAsync();
            throw ServerMark.Within(e) ?? new StoreConnectionException(
                $"{Place} cannot be reached: {e.Message}. Nothing was done. Start the server, or mend gantry.storage.connection.", true, e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
