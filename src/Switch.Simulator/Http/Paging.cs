using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Pages as switch-dpd 2.3 has them: the token names the last key, and every page with an item has one.</summary>
internal static class Paging
{
    private const int TokenLengthMax = 512;

    /// <summary>Cuts a page out of items in ascending order of key.</summary>
    public static SimAnswer Page<T>(
        SimCall call, IEnumerable<T> ascending, string keyName, Func<T, Ip> key, Func<T, JsonNode> show, int max = int.MaxValue) =>
        Page(call, ascending, new PageKey<T, Ip>(keyName, key, Ip.TryParse), show, max);

    /// <summary>The same over any key that can be written and read.</summary>
    public static SimAnswer Page<T, TKey>(
        SimCall call, IEnumerable<T> ascending, PageKey<T, TKey> key, Func<T, JsonNode> show, int max = int.MaxValue)
        where TKey : struct, IComparable<TKey>
    {
        var limit = Math.Min(call.Limit(), max);
        var after = call.OptionalQuery("page_token") is { } token ? Read(token, key) : (TKey?)null;
        if (after is { } end && key.StartsOverAfter is { } wraps && wraps(end))
        {
            after = null;
        }

        var page = ascending.Where(i => after is not { } last || key.Of(i).CompareTo(last) > 0).Take(limit).ToArray();
        return new SimAnswer(200, new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(show)]),
            ["next_page"] = page.Length == 0 ? null : Write(key.Name, key.Of(page[^1])),
        });
    }

    private static string Write<TKey>(string keyName, TKey last)
        where TKey : struct
    {
        var text = new JsonObject
        {
            ["v"] = "v1",
            ["page_start"] = new JsonObject { [keyName] = last.ToString() },
        }.ToJsonString();
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_');
    }

    private static TKey Read<T, TKey>(string token, PageKey<T, TKey> key)
        where TKey : struct, IComparable<TKey>
    {
        try
        {
            if (token.Length <= TokenLengthMax
                && JsonNode.Parse(Convert.FromBase64String(token.Replace('-', '+').Replace('_', '/'))) is JsonObject read
                && read["v"]?.ToString() == "v1"
                && read["page_start"] is JsonObject start
                && key.TryParse(start[key.Name]?.ToString(), out var last))
            {
                return last;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Said below, as for every other unreadable token.
        }

        throw DaemonException.Invalid("unable to parse query string: failed to parse pagination token");
    }
}

/// <summary>Reads a key back from a token.</summary>
internal delegate bool KeyParser<TKey>(string? text, out TKey key);

/// <summary>What a list is paged by.</summary>
/// <param name="Name">Its name in the token.</param>
/// <param name="Of">The key of an item.</param>
/// <param name="TryParse">Reads it back.</param>
internal sealed record PageKey<T, TKey>(string Name, Func<T, TKey> Of, KeyParser<TKey> TryParse)
    where TKey : struct
{
    /// <summary>Keys after which the scan begins anew (K16); null for none.</summary>
    public Func<TKey, bool>? StartsOverAfter { get; init; }
}
