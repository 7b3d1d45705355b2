using System.Security.Cryptography;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Where secret bytes come from. Apart from <c>IRandomSource</c> on purpose: ordinary dice must never make a secret, and a simulation must be
/// able to replay one.
/// </summary>
public interface ISecretRandom
{
    /// <summary>Fills the bytes.</summary>
    void Fill(Span<byte> bytes);
}

/// <summary>The operating system's generator. Thread-safe.</summary>
public sealed class SystemSecretRandom : ISecretRandom
{
    /// <summary>The one instance; it holds no state.</summary>
    public static readonly SystemSecretRandom Instance = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
