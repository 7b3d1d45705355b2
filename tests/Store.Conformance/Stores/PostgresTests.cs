using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;

namespace Gantry.Store.Conformance;

/// <summary>The store on a real PostgreSQL server, each test in a database of its own.</summary>
public sealed class PostgresHarness : StoreHarness, IMayBeMissing, IHoldsMembers
{
    private readonly string _database = TemporaryPostgres.NewDatabaseName();
    private bool _isMade;

    public static string? WhyNot => TemporaryPostgres.WhyNot;

    /// <summary>The database's connection string.</summary>
    public string Database => $"{TemporaryPostgres.Shared.Server};Database={_database}";

    /// <summary>The server's own tools copy it.</summary>
    public override bool HasCopies => false;

    public override IActorStore Make()
    {
        if (!_isMade)
        {
            _isMade = true;
            Run($"CREATE DATABASE {_database}");
        }

        return On(Database);
    }

    public IMembershipStore Of(IActorStore store) => ((PostgresStore)store).Membership;

    /// <summary>A store on a database.</summary>
    internal static PostgresStore On(string database) => new(
        new PostgresStoreOptions { ConnectionString = database, IsUnsafeAllowed = true }, TimeProvider.System, SystemRandomSource.Instance);

    public override void LoseNextAnswer(IActorStore store, bool isCommitted)
    {
        var postgres = (PostgresStore)store;
        postgres.Fault = point =>
        {
            if (point == (isCommitted ? CommitPoint.AfterAnswer : CommitPoint.BeforeSending))
            {
                postgres.Fault = null;
                throw new NpgsqlException("made by a test", new IOException("the connection broke"));
            }
        };
    }

    public override ValueTask DisposeAsync()
    {
        Run($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)");
        return ValueTask.CompletedTask;
    }

    private static void Run(string sql)
    {
        using var connection = new NpgsqlConnection($"{TemporaryPostgres.Shared.Server};Database=postgres;Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}

public sealed class PostgresFenceTests : FenceConformance<PostgresHarness>;

public sealed class PostgresLoserTests : LoserConformance<PostgresHarness>;

public sealed class PostgresJournalTests : JournalConformance<PostgresHarness>;

public sealed class PostgresMailTests : MailConformance<PostgresHarness>;

public sealed class PostgresViewTests : ViewConformance<PostgresHarness>;

public sealed class PostgresModelTests : ModelConformance<PostgresHarness>;

public sealed class PostgresMembershipTests : MembershipConformance<PostgresHarness>;

public sealed class PostgresMaintenanceTests : MaintenanceConformance<PostgresHarness>;
