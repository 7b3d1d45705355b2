using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Gantry.Node;

/// <summary>The demo as a client of the public API: it does nothing that an operator could not do.</summary>
internal sealed class DemoApi : IDisposable
{
    private readonly HttpClient _http;

    public DemoApi(Uri address, string token)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), ct).ConfigureAwait(false);
        return await ReadAsync("GET", path, answer, ct).ConfigureAwait(false);
    }

    /// <summary>The object, or null when there is none.</summary>
    public async Task<JsonNode?> FindAsync(string path, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), ct).ConfigureAwait(false);
        return answer.StatusCode is System.Net.HttpStatusCode.NotFound ? null : await ReadAsync("GET", path, answer, ct).ConfigureAwait(false);
    }

    /// <summary>Items of a list that fits one page.</summary>
    public async Task<JsonArray> ListAsync(string path, CancellationToken ct) =>
        (await GetAsync(path, ct).ConfigureAwait(false))["items"]!.AsArray(); // every list answer has items

    /// <summary>Sends a body; an object that exists already is fine, for a demo may run again on a kept data folder.</summary>
    public async Task<JsonNode?> EnsureAsync(HttpMethod method, string path, JsonObject body, CancellationToken ct)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        using var answer = await _http.SendAsync(request, ct).ConfigureAwait(false);
        if ((int)answer.StatusCode == 400 &&
            (await answer.Content.ReadAsStringAsync(ct).ConfigureAwait(false)).Contains("ObjectAlreadyExists", StringComparison.Ordinal))
        {
            return null;
        }

        return await ReadAsync(method.Method, path, answer, ct).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(string method, string path, HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text.Length == 0 ? "{}" : text) ?? new JsonObject()
            : throw new DemoFailedException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
    }
}

/// <summary>A step of the demo did not come true.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
