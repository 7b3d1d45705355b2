using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Seals and opens the secrets of earlier epochs (tq 2.5): HKDF-SHA3-256, ChaCha20-Poly1305 with a key used once.</summary>
internal static class PriorSecrets
{
    private const int RecordSize = sizeof(ulong) + RackSecret.Size;
    private const int KeySize = 32;
    private const int TagSize = 16;
    private const int NonceSize = 12;

    private static ReadOnlySpan<byte> Label => "trust-quorum-v1-rack-secrets"u8;

    /// <summary>Seals the secrets, ascending by epoch, under the secret of a new epoch.</summary>
    public static EncryptedRackSecrets Seal(
        IReadOnlyCollection<KeyValuePair<ulong, RackSecret>> prior, in SealContext context, ISecretRandom random)
    {
        Span<byte> salt = stackalloc byte[EncryptedRackSecrets.SaltSize];
        random.Fill(salt);
        return SealWithSalt(prior, context, salt);
    }

    /// <summary>The same with a given salt.</summary>
    public static EncryptedRackSecrets SealWithSalt(
        IReadOnlyCollection<KeyValuePair<ulong, RackSecret>> prior, in SealContext context, ReadOnlySpan<byte> salt)
    {
        Invariant.Check(prior.Count > 0, "there is nothing to seal");
        using var plain = SecretBytes.Create(prior.Count * RecordSize);
        var at = 0;
        ulong last = 0;
        foreach (var (epoch, secret) in prior)
        {
            Invariant.Check(at == 0 || epoch > last, "prior secrets ascend by epoch");
            BinaryPrimitives.WriteUInt64BigEndian(plain.Span[at..], epoch);
            secret.Span.CopyTo(plain.Span[(at + sizeof(ulong))..]);
            last = epoch;
            at += RecordSize;
        }

        using var key = Key(context, salt);
        using var cipher = new ChaCha20Poly1305(key.Span);
        var data = new byte[plain.Length + TagSize];
        Span<byte> nonce = stackalloc byte[NonceSize];
        nonce.Clear();
        cipher.Encrypt(nonce, plain.Span, data.AsSpan(0, plain.Length), data.AsSpan(plain.Length));
        return new EncryptedRackSecrets([.. salt], ImmutableCollectionsMarshal.AsImmutableArray(data));
    }

    /// <summary>Opens them; the caller owns the secrets.</summary>
    public static (SortedDictionary<ulong, RackSecret>? Prior, DecryptionError? Error) Open(
        EncryptedRackSecrets sealedSecrets, in SealContext context)
    {
        var length = sealedSecrets.Data.Length - TagSize;
        if (length < 0)
        {
            return (null, DecryptionError.Aead);
        }

        using var key = Key(context, sealedSecrets.Salt.AsSpan());
        using var cipher = new ChaCha20Poly1305(key.Span);
        using var plain = SecretBytes.Create(length);
        Span<byte> nonce = stackalloc byte[NonceSize];
        nonce.Clear();
        try
        {
            cipher.Decrypt(nonce, sealedSecrets.Data.AsSpan(0, length), sealedSecrets.Data.AsSpan()[length..], plain.Span);
        }
        catch (AuthenticationTagMismatchException)
        {
            return (null, DecryptionError.Aead);
        }

        return length % RecordSize == 0 ? (Records(plain.Span), null) : (null, DecryptionError.InvalidLength);
    }

    /// <summary>The key: secret, rack and epoch all change it.</summary>
    public static SecretBytes Key(in SealContext context, ReadOnlySpan<byte> salt)
    {
        using var prk = SecretBytes.Create(SHA3_256.HashSizeInBytes);
        HKDF.Extract(HashAlgorithmName.SHA3_256, context.Secret.Span, salt, prk.Span);

        Span<byte> info = stackalloc byte[Label.Length + 16 + sizeof(ulong)];
        Label.CopyTo(info);
        context.Rack.Value.TryWriteBytes(info[Label.Length..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64BigEndian(info[(Label.Length + 16)..], context.Epoch);

        var key = SecretBytes.Create(KeySize);
        HKDF.Expand(HashAlgorithmName.SHA3_256, prk.Span, key.Span, info);
        Invariant.Check(key.Span.ContainsAnyExcept((byte)0), "a derived key is all zero");
        return key;
    }

    private static SortedDictionary<ulong, RackSecret> Records(ReadOnlySpan<byte> plain)
    {
        var prior = new SortedDictionary<ulong, RackSecret>();
        for (; !plain.IsEmpty; plain = plain[RecordSize..])
        {
            var epoch = BinaryPrimitives.ReadUInt64BigEndian(plain);
            if (prior.Remove(epoch, out var former))
            {
                former.Dispose();
            }

            prior.Add(epoch, RackSecret.Own(SecretBytes.CopyOf(plain.Slice(sizeof(ulong), RackSecret.Size))));
        }

        return prior;
    }
}

/// <summary>What a sealing key is derived from.</summary>
/// <param name="Rack">The rack.</param>
/// <param name="Epoch">The new epoch.</param>
/// <param name="Secret">The new epoch's secret.</param>
internal readonly record struct SealContext(RackId Rack, ulong Epoch, RackSecret Secret);

/// <summary>Why sealed secrets do not open.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(DecryptionErrorJsonConverter))]
public enum DecryptionError
{
    /// <summary>They are not authentic: another secret, rack or epoch, or damage.</summary>
    Aead,

    /// <summary>The content is not a row of records.</summary>
    InvalidLength,
}
