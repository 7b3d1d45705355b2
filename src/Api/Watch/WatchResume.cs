using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>
/// Where a watch goes on: the feed's position, the kinds, and when it was given out. Opaque outside: URL-safe base64 of eight check
/// bytes, the time, the kinds as bits, and the shard positions as variable-length numbers.
/// </summary>
internal sealed record WatchResume(FeedPosition Position, ImmutableArray<string> Kinds, DateTimeOffset At)
{
    private const int CheckBytes = 8;
    private const byte Version = 1;

    public string Write()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0L);
            writer.Write(Version);
            writer.Write7BitEncodedInt64(At.ToUnixTimeSeconds());
            writer.Write7BitEncodedInt(Kinds.Length);
            foreach (var kind in Kinds)
            {
                writer.Write(kind);
            }

            writer.Write7BitEncodedInt(Position.Shards.Count);
            foreach (var (shard, position) in Position.Shards)
            {
                writer.Write7BitEncodedInt(shard);
                writer.Write7BitEncodedInt64(position);
            }
        }

        var all = bytes.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(all, StableHash.Of(all.AsSpan(CheckBytes)));
        return OpaqueText.Write(all);
    }

    /// <summary>Null when the text is no token of ours.</summary>
    public static WatchResume? Read(string text)
    {
        if (OpaqueText.Read(text, WatchLimits.ResumeLengthMax) is not { } all || all.Length <= CheckBytes || BinaryPrimitives.ReadUInt64LittleEndian(all) != StableHash.Of(all.AsSpan(CheckBytes)))
        {
            return null;
        }

        try
        {
            using var reader = new BinaryReader(new MemoryStream(all, CheckBytes, all.Length - CheckBytes), Encoding.UTF8);
            return Read(reader);
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or OverflowException)
        {
            // The check bytes are no secret: somebody made this by hand.
            return null;
        }
    }

    private static WatchResume? Read(BinaryReader reader)
    {
        if (reader.ReadByte() != Version)
        {
            return null;
        }

        var at = DateTimeOffset.FromUnixTimeSeconds(reader.Read7BitEncodedInt64());
        var kinds = ImmutableArray.CreateBuilder<string>();
        for (var count = reader.Read7BitEncodedInt(); count > 0 && kinds.Count < WatchKinds.All.Length; count--)
        {
            kinds.Add(reader.ReadString());
        }

        var shards = ImmutableSortedDictionary.CreateBuilder<int, long>();
        for (var count = reader.Read7BitEncodedInt(); count > 0; count--)
        {
            shards[reader.Read7BitEncodedInt()] = reader.Read7BitEncodedInt64();
        }

        return new WatchResume(new FeedPosition(shards.ToImmutable()), kinds.ToImmutable(), at);
    }

    /// <summary>
    /// Whether the token can still be gone on from: not from the future of this store (a restored one), and either young or not far behind.
    /// </summary>
    public bool IsGood(FeedPosition now, DateTimeOffset clock)
    {
        long behind = 0;
        foreach (var (shard, position) in Position.Shards)
        {
            var end = now.Shards.GetValueOrDefault(shard);
            if (position < 0 || position > end)
            {
                return false;
            }
        }

        foreach (var (shard, end) in now.Shards)
        {
            behind += end - Position.Shards.GetValueOrDefault(shard);
        }

        return clock - At <= WatchLimits.ResumeFor || behind <= WatchLimits.ResumeEventsMax;
    }
}
