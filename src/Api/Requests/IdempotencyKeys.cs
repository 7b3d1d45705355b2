using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>From the client's <c>Idempotency-Key</c> to the command key and digest of engine 2.4.</summary>
internal static class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";
    public const string ReplayHeader = "idempotent-replayed";

    /// <summary>The key of a request: per caller and operation; a fresh one when the client sent none, or the call is no POST.</summary>
    public static Failure? Read(HttpRequest request, Operation operation, Caller? caller, IRandomSource random, out CommandKey key)
    {
        key = default;
        var header = request.Headers[Header];
        if (header.Count == 0 || !HttpMethods.IsPost(operation.Method) || caller is null)
        {
            key = CommandKey.Fresh(random);
            return null;
        }

        var text = header.ToString();
        if (text.Length is 0 or > ApiLimits.IdempotencyKeyLengthMax || !text.All(c => c is > ' ' and <= '~'))
        {
            return Failure.Invalid(
                ApiErrors.BadIdempotencyKey,
                $"Idempotency-Key is 1 to {ApiLimits.IdempotencyKeyLengthMax} printable ASCII characters without space",
                "send a UUID");
        }

        key = new CommandKey($"http:{Hash(Encoding.UTF8.GetBytes($"{caller.User}|{operation.Id}|{text}"))}");
        return null;
    }

    /// <summary>
    /// Over operation, path, query and body bytes, so that nodes of two releases agree. The query says in which project or silo: the same body
    /// for another one is another request.
    /// </summary>
    public static string DigestOf(Operation operation, string path, ImmutableSortedDictionary<string, string> query, byte[] body) =>
        Hash([.. Encoding.UTF8.GetBytes($"{operation.Id}|{path}|{string.Join('&', query.Select(q => $"{q.Key}={q.Value}"))}|"), .. body]);

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
}
