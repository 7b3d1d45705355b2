using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>The secrets of earlier committed configurations, sealed under the newest (tq 2.5). Public. JSON: both as hex.</summary>
/// <param name="Salt">32 random bytes.</param>
/// <param name="Data">40 bytes per earlier secret and a tag of 16.</param>
[JsonConverter(typeof(EncryptedRackSecretsJsonConverter))]
public sealed record EncryptedRackSecrets(ImmutableArray<byte> Salt, ImmutableArray<byte> Data)
{
    /// <summary>Bytes of the salt.</summary>
    public const int SaltSize = 32;

    /// <inheritdoc/>
    public bool Equals(EncryptedRackSecrets? other) =>
        other is not null && Salt.AsSpan().SequenceEqual(other.Salt.AsSpan()) && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Salt.Length, Data.Length, Salt.IsEmpty ? 0 : Salt[0], Data.IsEmpty ? 0 : Data[0]);
}
