namespace Gantry.Actors.Runtime;

/// <summary>
/// Asks the one node that owns an address what only that node can answer, and that is no command: what it holds beside the store, like the
/// connections of a device. Thread-safe.
/// </summary>
public interface IOwners
{
    /// <summary>Whether this node owns the address's shard; a node that is alone owns all.</summary>
    bool IsHere(EntityAddress of);

    /// <summary>Says who answers a question of other nodes, until the patience of the asker ends. Answers are at most 512 KiB.</summary>
    void On(string question, Func<byte[], CancellationToken, ValueTask<byte[]?>> answer);

    /// <summary>Asks the owner once, and says how certain it is that it was asked.</summary>
    ValueTask<OwnerAnswer> AskAsync(EntityAddress of, string question, byte[] body, TimeSpan patience, CancellationToken ct);
}

/// <summary>How a question to an owner ended.</summary>
public abstract record OwnerAnswer
{
    private OwnerAnswer()
    {
    }

    /// <summary>It answered.</summary>
    public sealed record Told(byte[] Body) : OwnerAnswer;

    /// <summary>Nothing was sent: nobody owns the shard for the moment, this node does, or the owner cannot be reached.</summary>
    /// <param name="Why">What is in the way.</param>
    /// <param name="IsMoving">The shard is on its way between nodes: another attempt soon finds its owner.</param>
    public sealed record NotSent(string Why, bool IsMoving) : OwnerAnswer;

    /// <summary>It was sent and no answer came: the owner may have acted on it.</summary>
    public sealed record Silent(string Why) : OwnerAnswer;
}
