using SQLitePCL;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// <c>gantry_sum(…)</c> in SQL: the same sum as <see cref="RowSum"/>, for what works on whole tables (checks, migration, moving mail). Commits and
/// loads make the sum while they bind and read, which costs nothing.
/// </summary>
internal static class RowSumFunction
{
    public const string Name = "gantry_sum";

    private const int AnyNumberOfArguments = -1;

    /// <summary>Makes the function known to a connection.</summary>
    public static void Register(sqlite3 connection)
    {
        var code = raw.sqlite3_create_function(
            connection, Name, AnyNumberOfArguments, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, Run);
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteFailure(code, $"{Name} cannot be registered");
        }
    }

    private static void Run(sqlite3_context context, object user, sqlite3_value[] values)
    {
        var sum = RowSum.Start;
        foreach (var value in values)
        {
            switch (raw.sqlite3_value_type(value))
            {
                case raw.SQLITE_NULL:
                    sum.AddNull();
                    break;
                case raw.SQLITE_INTEGER:
                    sum.Add(raw.sqlite3_value_int64(value));
                    break;
                case raw.SQLITE_TEXT:
                    sum.AddText(raw.sqlite3_value_blob(value));
                    break;
                case raw.SQLITE_BLOB:
                    sum.AddBlob(raw.sqlite3_value_blob(value));
                    break;
                default:
                    sum.AddOther();
                    break;
            }
        }

        raw.sqlite3_result_int64(context, sum.Value);
    }
}
