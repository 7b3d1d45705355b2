using System.Net;

namespace Gantry.Actors.Cluster;

/// <summary>Where a node listens for other nodes, and how it and they prove who they are.</summary>
public sealed record LinkOptions
{
    /// <summary>Address and port; port 0 takes any free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Authority, certificate and key; null: no TLS, for loopback only.</summary>
    public CertificateFiles? Certificates { get; init; }

    /// <summary>Time between two pings.</summary>
    public TimeSpan Ping { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A direction that is silent for so long is dead.</summary>
    public TimeSpan Dead { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Pause after the first failed attempt; doubles up to <see cref="ReconnectMax"/>, give or take half of it by chance.</summary>
    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>See <see cref="ReconnectFirst"/>.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Files in PEM.</summary>
/// <param name="Authority">Certificates of the authorities that are trusted; two while one replaces the other.</param>
/// <param name="Certificate">This node's certificate; its name is the node's.</param>
/// <param name="Key">Its key, readable by this user only.</param>
public sealed record CertificateFiles(string Authority, string Certificate, string Key);
