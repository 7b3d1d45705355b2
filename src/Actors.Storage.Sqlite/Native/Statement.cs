using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>A prepared statement: bind by position from 1, step, read columns from 0.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle, string sql) : IDisposable
{
    private const int StackBytesMax = 512;

    // Of what was bound since index 1, in that order (RowSum).
    private RowSum _sum;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, index, value));
        SumFrom(index).Add(value);
        return this;
    }

    /// <summary>Binds the checksum of all that was bound before it, from index 1 in order.</summary>
    /// <param name="index">Where.</param>
    /// <param name="plus">A value beside the sum that is counted in place (<see cref="SummedTable"/>).</param>
    public Statement BindSum(int index, long plus = 0)
    {
        Check(raw.sqlite3_bind_int64(handle, index, _sum.Value + plus));
        return this;
    }

    public Statement Bind(int index, DateTimeOffset value) => Bind(index, value.UtcTicks);

    public Statement BindNull(int index)
    {
        Check(raw.sqlite3_bind_null(handle, index));
        SumFrom(index).AddNull();
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value));
        SumFrom(index).AddBlob(value);
        return this;
    }

    /// <summary>Binds a text, or null.</summary>
    /// <exception cref="UnfitTextException">The text has an unpaired surrogate or U+0000.</exception>
    public Statement Bind(int index, string? value) => value is null ? BindNull(index) : BindParts(index, value, default, hasSlash: false);

    /// <summary>Binds the text form of an address without making a string of it.</summary>
    public Statement Bind(int index, EntityAddress value) => BindParts(index, value.Kind, value.Key, hasSlash: true);

    /// <summary>Binds a text of which the UTF-8 bytes are given; they need not be well formed (upper end of a prefix).</summary>
    public Statement BindUtf8(int index, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_text(handle, index, "") : raw.sqlite3_bind_text(handle, index, value));
        SumFrom(index).AddText(value);
        return this;
    }

    /// <summary>Binds a view value: a string, a long or null.</summary>
    public Statement BindValue(int index, object? value) => value switch
    {
        null => BindNull(index),
        string text => Bind(index, text),
        long number => Bind(index, number),
        int number => Bind(index, number),
        _ => throw new UnfitTextException($"a view column holds a {value.GetType().Name}; texts and whole numbers only"),
    };

    /// <summary>Takes the next row; false at the end.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code == raw.SQLITE_DONE)
        {
            return false;
        }

        var failure = connection.Failure(sql);
        _ = raw.sqlite3_reset(handle);
        throw failure;
    }

    /// <summary>Runs to the end; says how many rows it changed.</summary>
    public int Run()
    {
        while (Step())
        {
        }

        var changes = connection.Changes;
        Reset();
        return changes;
    }

    /// <summary>Makes it ready for the next use. Bindings stay: every use binds all.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle);

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int(int column) => raw.sqlite3_column_int(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public byte[] Blob(int column) => Bytes(column).ToArray();

    public string? Text(int column) => IsNull(column) ? null : TextOf(Bytes(column));

    /// <summary>The bytes of a text or blob; of this row only.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>The text of such bytes.</summary>
    public static string TextOf(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    /// <summary>Whether the row's first columns have the sum that stands in the column behind them.</summary>
    /// <param name="columns">How many are summed.</param>
    /// <param name="plus">What was added to the sum (<see cref="SummedTable"/>).</param>
    public bool IsWhole(int columns, long plus = 0) => Sum(0, columns) + plus == Long(columns);

    /// <summary>The checksum of columns of the present row.</summary>
    public long Sum(int first, int count)
    {
        var sum = RowSum.Start;
        for (var column = first; column < first + count; column++)
        {
            switch (raw.sqlite3_column_type(handle, column))
            {
                case raw.SQLITE_NULL:
                    sum.AddNull();
                    break;
                case raw.SQLITE_INTEGER:
                    sum.Add(Long(column));
                    break;
                case raw.SQLITE_TEXT:
                    sum.AddText(raw.sqlite3_column_blob(handle, column));
                    break;
                case raw.SQLITE_BLOB:
                    sum.AddBlob(raw.sqlite3_column_blob(handle, column));
                    break;
                default:
                    sum.AddOther();
                    break;
            }
        }

        return sum.Value;
    }

    public DateTimeOffset Time(int column) => new(Long(column), TimeSpan.Zero);

    /// <summary>A text that was written as an address by this store.</summary>
    public EntityAddress Address(int column) => EntityAddress.Parse(Text(column) ?? "");

    /// <summary>A view value: a string, a long or null.</summary>
    public object? Value(int column) => raw.sqlite3_column_type(handle, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => Long(column),
        _ => Text(column),
    };

    public void Dispose() => handle.Dispose();

    private ref RowSum SumFrom(int index)
    {
        if (index == 1)
        {
            _sum = RowSum.Start;
        }

        return ref _sum;
    }

    private Statement BindParts(int index, string first, string? second, bool hasSlash)
    {
        var most = (first.Length + (second?.Length ?? 0)) * 3 + 1;
        var rented = most > StackBytesMax ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[StackBytesMax];
        try
        {
            var length = Strict.GetBytes(first, bytes);
            if (hasSlash)
            {
                bytes[length++] = (byte)'/';
                length += Strict.GetBytes(second, bytes[length..]);
            }

            if (bytes[..length].Contains((byte)0))
            {
                throw new UnfitTextException("a text holds U+0000");
            }

            return BindUtf8(index, bytes[..length]);
        }
        catch (EncoderFallbackException e)
        {
            throw new UnfitTextException($"a text has an unpaired surrogate at {e.Index}");
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw connection.Failure(sql);
        }
    }
}

/// <summary>A value that no text column takes. The kernel checks texts at admission, so this is a bug (engine 3.3).</summary>
internal sealed class UnfitTextException(string message) : Exception(message);
