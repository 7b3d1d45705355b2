namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Looks through a whole database: pages and indexes by the library, rows by their checksums.</summary>
internal static class StoreDamage
{
    private const int ShownMax = 100;

    /// <summary>One line for everything wrong, at most some hundreds; none when nothing is.</summary>
    public static IEnumerable<string> Find(Connection connection, IEnumerable<SummedTable> views)
    {
        var check = connection.Prepare($"PRAGMA integrity_check({ShownMax})");
        while (check.Step())
        {
            if (check.Text(0) is { } line && line != "ok")
            {
                yield return line;
            }
        }

        check.Reset();
        foreach (var line in SummedTable.All.Concat(views).SelectMany(t => t.FindDamage(connection)))
        {
            yield return line;
        }
    }
}
