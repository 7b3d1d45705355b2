namespace Gantry.TrustQuorum.Protocol;

/// <summary>Times and bounds of links between nodes (tq 4.14).</summary>
public sealed record TqTransportOptions
{
    /// <summary>Port of the bootstrap network on a real sled.</summary>
    public const int DefaultPort = 12349;

    /// <summary>Largest frame, without its length.</summary>
    public const int FrameBytesMax = (1 << 20) - 4;

    /// <summary>Links at once, identified or not; one more is closed.</summary>
    public const int LinksMax = 128;

    /// <summary>How often missing links are dialled. Default 5 s.</summary>
    public TimeSpan RedialPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a link says that it lives. Default 1 s.</summary>
    public TimeSpan PingPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A link without a whole frame for so long is closed. Default 10 s.</summary>
    public TimeSpan InactivityMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often open questions are asked again on live links. Default 5 s.</summary>
    public TimeSpan TickPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Frames waiting to be written; one more closes the link. Default 5.</summary>
    public int WriteQueueMax { get; init; } = 5;
}
