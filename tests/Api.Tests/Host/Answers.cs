using System.Net;
using System.Text.Json;

namespace Gantry.Api.Tests;

/// <summary>Short ways to look at answers.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        using var document = JsonDocument.Parse(text.Length == 0 ? "null" : text);
        return document.RootElement.Clone();
    }

    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return answer.StatusCode is HttpStatusCode.OK
            ? await answer.JsonAsync()
            : throw new InvalidOperationException($"GET {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public static string? Text(this JsonElement element, string member) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    public static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
