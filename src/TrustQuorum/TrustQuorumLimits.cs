namespace Gantry.TrustQuorum;

/// <summary>Bounds of the area.</summary>
public static class TrustQuorumLimits
{
    /// <summary>Longest reason of an abort, in characters; our own.</summary>
    public const int AbortReasonMax = 256;

    /// <summary>Hex digits of a salt (trust-quorum 2.5).</summary>
    public const int SaltHexLength = 64;

    /// <summary>Hex digits of a share's digest (trust-quorum 2.3).</summary>
    public const int DigestHexLength = 64;

    /// <summary>Committed epochs that a configuration's sealed prior secrets hold: the list is never pruned. Our own; a decision holds 256 KiB.</summary>
    public const int PriorSecretsMax = 1_000;

    /// <summary>Most bytes of sealed prior secrets: 40 for each and the tag.</summary>
    public const int SealedBytesMax = (PriorSecretsMax * 40) + 16;

    /// <summary>Fewest bytes of sealed prior secrets: one record and the tag.</summary>
    public const int SealedBytesMin = 40 + 16;

    /// <summary>Sleds that carry commit operations or start requests of one pass (trust-quorum 6.4, 6.5).</summary>
    public const int ClientsMax = 5;

    /// <summary>How long the start of a sled agent may take (trust-quorum 6.4).</summary>
    public static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(5);
}
