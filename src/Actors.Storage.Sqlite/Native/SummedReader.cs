namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Reads the columns of a row in order and makes their sum on the way. A value is taken as the type that its column has: one that was turned into
/// another type by damage either reads differently, which the sum shows, or reads the same.
/// </summary>
internal ref struct SummedReader(Statement row)
{
    private RowSum _sum = RowSum.Start;
    private int _next;

    public long Long()
    {
        var value = row.Long(_next++);
        _sum.Add(value);
        return value;
    }

    /// <summary>A text; empty when the caller has no need of it.</summary>
    public string Text(bool keep = true)
    {
        var utf8 = row.Bytes(_next++);
        _sum.AddText(utf8);
        return keep ? Statement.TextOf(utf8) : "";
    }

    public string? TextOrNull()
    {
        if (!row.IsNull(_next))
        {
            return Text();
        }

        _next++;
        _sum.AddNull();
        return null;
    }

    public byte[] Blob()
    {
        var bytes = row.Bytes(_next++);
        _sum.AddBlob(bytes);
        return bytes.ToArray();
    }

    /// <summary>Whether what was read has the sum that stands in the next column.</summary>
    public readonly bool IsWhole() => row.Long(_next) == _sum.Value;
}
