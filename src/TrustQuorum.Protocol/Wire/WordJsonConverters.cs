using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A closed set of words.</summary>
internal abstract class WordJsonConverter<T>((T Value, string Word)[] words) : JsonConverter<T> where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        foreach (var (value, word) in words)
        {
            if (word == text)
            {
                return value;
            }
        }

        throw new JsonException($"expected one of {string.Join(", ", words.Select(w => w.Word))}");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(WordOf(value));

    public string WordOf(T value) => Array.Find(words, w => EqualityComparer<T>.Default.Equals(w.Value, value)).Word;
}

internal sealed class TqCommitStatusJsonConverter() : WordJsonConverter<TqCommitStatus>(
[
    (TqCommitStatus.Pending, "pending"),
    (TqCommitStatus.Committed, "committed"),
]);

internal sealed class CombineErrorJsonConverter() : WordJsonConverter<CombineError>(
[
    (CombineError.TooFewShares, "too_few_shares"),
    (CombineError.DuplicateXCoordinates, "duplicate_x_coordinates"),
    (CombineError.InvalidShareLengths, "invalid_share_lengths"),
    (CombineError.InvalidShareId, "invalid_share_id"),
]);

internal sealed class DecryptionErrorJsonConverter() : WordJsonConverter<DecryptionError>(
[
    (DecryptionError.Aead, "aead"),
    (DecryptionError.InvalidLength, "invalid_length"),
]);
