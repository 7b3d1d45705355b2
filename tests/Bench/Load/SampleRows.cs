using System.Text;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>Rows as the engine wrote them in the same run, with texts ready as bytes; for bare loops of any store.</summary>
internal sealed class SampleRows
{
    private readonly long[] _sequences;
    private readonly int _keyLength;

    public SampleRows(CommitBatch sample, IReadOnlyList<(string Address, string ViewKey, int Shard)> entities)
    {
        Event = sample.Events[0];
        Receipt = sample.Receipts[0];
        Document = sample.Views[0].Document!; // the bench only upserts
        EventTag = Utf8(Event.Tag);
        ReceiptTag = Utf8(Receipt.Tag);
        Caller = Utf8(Event.Caller);
        Digest = Receipt.Digest is { } digest ? Utf8(digest) : null;
        _keyLength = Receipt.Key.Length;
        Entities = [.. entities.Select(e => Utf8(e.Address))];
        ViewKeys = [.. entities.Select(e => Utf8(e.ViewKey))];
        Shards = [.. entities.Select(e => e.Shard)];
        _sequences = new long[Entities.Length];
    }

    /// <summary>So many counters, as rows name them.</summary>
    public static List<(string Address, string ViewKey, int Shard)> Counters(int count) =>
        [.. Enumerable.Range(0, count).Select(Counter.Address).Select(a => (a.ToString(), a.Key, ShardId.Of(a, ShardId.DefaultCount).Value))];

    public EventRow Event { get; }

    public ReceiptRow Receipt { get; }

    public byte[] Document { get; }

    public byte[] EventTag { get; }

    public byte[] ReceiptTag { get; }

    public byte[] Caller { get; }

    public byte[]? Digest { get; }

    public byte[][] Entities { get; }

    public byte[][] ViewKeys { get; }

    public int[] Shards { get; }

    public long TakeSequence(int entity) => ++_sequences[entity];

    /// <summary>A key of the length of the engine's, in as random an order.</summary>
    public byte[] Key(long number)
    {
        var spread = (ulong)number * 0x9E3779B97F4A7C15UL;
        return Utf8($"{spread:x16}{number:x16}".PadRight(_keyLength, '0')[.._keyLength]);
    }

    /// <summary>The same as text.</summary>
    public string KeyText(long number) => Encoding.UTF8.GetString(Key(number));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
