using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>
/// A question that every node answers for its own shards: what it keeps in memory only, like the last turns of its reconcilers. Registered in
/// the container; asked through <see cref="INodes"/>. Thread-safe.
/// </summary>
public interface INodeQuestion
{
    /// <summary>Unique among questions, like <c>multicast.status</c>. It crosses links: a node of another release may not know it.</summary>
    string Name { get; }

    /// <summary>Answers it here; at most 512 KiB, for it crosses a link in one frame. Null: it cannot be said now.</summary>
    /// <param name="body">What was asked, UTF-8 JSON as the question wants it.</param>
    /// <param name="owned">The shards that this node works on: what is left from others is not told.</param>
    /// <param name="ct">Ends with the patience of whoever asks.</param>
    ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> body, ShardSet owned, CancellationToken ct);
}

/// <summary>Asks all nodes of the cluster, this one included. A node that is alone is the only one. Thread-safe.</summary>
public interface INodes
{
    /// <summary>Asks every living member; who has not answered within the patience is named as missing.</summary>
    ValueTask<NodeAnswers> AskAsync(string question, ReadOnlyMemory<byte> body, TimeSpan patience, CancellationToken ct);
}

/// <summary>What the nodes said.</summary>
/// <param name="Told">One answer per node.</param>
/// <param name="Missing">Names of living nodes that could not be reached or did not answer in time, in order.</param>
public sealed record NodeAnswers(ImmutableArray<NodeAnswer> Told, ImmutableArray<string> Missing);

/// <summary>The answer of one node.</summary>
/// <param name="NodeId">Its name.</param>
/// <param name="Body">UTF-8 JSON as the question wants it.</param>
public sealed record NodeAnswer(string NodeId, byte[] Body);
