using System.Buffers.Binary;
using System.Numerics;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// The checksum of one row: CRC-32C over its values in order, each with its type and length. Any flipped byte of a value changes it for certain
/// (a burst of up to 32 bits), anything else but once in four thousand million. Decision 0008.
/// </summary>
internal struct RowSum
{
    private const byte Null = 0;
    private const byte Number = 1;
    private const byte Text = 2;
    private const byte Blob = 3;
    private const byte Other = 4;

    private uint _crc;

    /// <summary>Of no values yet.</summary>
    public static RowSum Start => new() { _crc = uint.MaxValue };

    /// <summary>The sum so far.</summary>
    public readonly long Value => _crc;

    public void Add(long value) => _crc = BitOperations.Crc32C(BitOperations.Crc32C(_crc, Number), (ulong)value);

    public void AddNull() => _crc = BitOperations.Crc32C(_crc, Null);

    /// <summary>A type that this store never writes.</summary>
    public void AddOther() => _crc = BitOperations.Crc32C(_crc, Other);

    public void AddText(ReadOnlySpan<byte> utf8) => Add(Text, utf8);

    public void AddBlob(ReadOnlySpan<byte> bytes) => Add(Blob, bytes);

    private void Add(byte type, ReadOnlySpan<byte> bytes)
    {
        var crc = BitOperations.Crc32C(BitOperations.Crc32C(_crc, type), (uint)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        _crc = crc;
    }
}
