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
        SimCall call, IEnumerable<T> ascending, string keyName, Func<T, Ip> key, Func<T, JsonNode> show, int max = int.MaxValue)
    {
        var limit = Math.Min(call.Limit(), max);
        var after = call.OptionalQuery("page_token") is { } token ? Read(token, keyName) : (Ip?)null;
        var page = ascending.Where(i => after is not { } last || key(i).CompareTo(last) > 0).Take(limit).ToArray();
        return new SimAnswer(200, new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(show)]),
            ["next_page"] = page.Length == 0 ? null : Write(keyName, key(page[^1])),
        });
    }

    private static string Write(string keyName, Ip last)
    {
        var text = new JsonObject
        {
            ["v"] = "v1",
            ["page_start"] = new JsonObject { [keyName] = last.ToString() },
        }.ToJsonString();
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_');
    }

    private static Ip Read(string token, string keyName)
    {
        try
        {
            if (token.Length <= TokenLengthMax
                && JsonNode.Parse(Convert.FromBase64String(token.Replace('-', '+').Replace('_', '/'))) is JsonObject read
                && read["v"]?.ToString() == "v1"
                && read["page_start"] is JsonObject start
                && Ip.TryParse(start[keyName]?.ToString(), out var last))
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
