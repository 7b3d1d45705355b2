using System.Buffers.Binary;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Reads the write-ahead log before the library does. The library ends at the first frame whose checksum is wrong and says nothing: right
/// for a tail that a crash tore, and a silent loss of acknowledged commits for a byte that flipped before them. A second commit behind the
/// wrong frame tells the two apart, for it began only after the first was synced. (SQLite file format, section 4.)
/// </summary>
internal static class LogCheck
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint Magic = 0x377F0682;

    /// <summary>Null, or where the log is damaged and how many commits lie behind.</summary>
    public static (long At, int CommitsBehind)? FindDamage(string log)
    {
        if (!File.Exists(log))
        {
            return null;
        }

        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return null;
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var pageSize = (int)BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        if ((magic & ~1U) != Magic || pageSize is < 512 or > 65_536)
        {
            // A log is made with its header; nothing but damage leaves another one.
            return file.Length > HeaderBytes + FrameHeaderBytes ? (0, 1) : null;
        }

        var sum = new Checksum(isBigEndian: (magic & 1) != 0);
        sum.Add(header[..24]);
        return sum.Is(header[24..]) ? Walk(file, header[16..24].ToArray(), pageSize, sum) : (0, 1);
    }

    private static (long At, int CommitsBehind)? Walk(FileStream file, byte[] salts, int pageSize, Checksum sum)
    {
        var frame = new byte[FrameHeaderBytes + pageSize];
        long? wrongAt = null;
        var behind = 0;
        while (true)
        {
            var at = file.Position;
            if (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) < frame.Length)
            {
                break;
            }

            var isOfThisLog = frame.AsSpan(8, 8).SequenceEqual(salts);
            if (wrongAt is null)
            {
                sum.Add(frame.AsSpan(0, 8));
                sum.Add(frame.AsSpan(FrameHeaderBytes));
                wrongAt = isOfThisLog && sum.Is(frame.AsSpan(16)) ? null : at;
            }

            // The size of the database after it is written in the last frame of a commit alone.
            if (wrongAt is not null && isOfThisLog && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0)
            {
                behind++;
            }
        }

        return wrongAt is { } damage && behind >= 2 ? (damage, behind) : null;
    }

    /// <summary>The checksum of the log's format; runs over all frames.</summary>
    private sealed class Checksum(bool isBigEndian)
    {
        private uint _first;
        private uint _second;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                _first += Word(bytes) + _second;
                _second += Word(bytes[4..]) + _first;
            }
        }

        public bool Is(ReadOnlySpan<byte> written) =>
            BinaryPrimitives.ReadUInt32BigEndian(written) == _first && BinaryPrimitives.ReadUInt32BigEndian(written[4..]) == _second;

        private uint Word(ReadOnlySpan<byte> bytes) =>
            isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
