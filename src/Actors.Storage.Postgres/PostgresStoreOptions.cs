namespace Gantry.Actors.Storage.Postgres;

/// <summary>Where the store lives and what it puts up with.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>The default of <see cref="Schema"/>.</summary>
    public const string DefaultSchema = "actors";

    /// <summary>
    /// An Npgsql connection string. Lane connections must reach the server itself, not a transaction pooler; with several hosts the primary
    /// is chosen.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>The database schema that holds every table, made when missing. Lower snake case, at most 60 bytes.</summary>
    public string Schema { get; init; } = DefaultSchema;

    /// <summary>
    /// Serve although the server may lose what it acknowledged (<c>fsync</c>, <c>full_page_writes</c> or <c>synchronous_commit</c> off).
    /// Off by default; for tests and trials.
    /// </summary>
    public bool IsUnsafeAllowed { get; init; }
}
