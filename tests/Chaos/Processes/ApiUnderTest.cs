using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>A client that says of each call what came back, and null when nothing did.</summary>
internal sealed class ApiUnderTest : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;

    public ApiUnderTest(int port, string token, TimeSpan? patience = null)
    {
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = patience ?? TimeSpan.FromSeconds(20) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)?> TryAsync(
        HttpMethod method, string path, JsonObject? body = null, string? key = null, string? ifMatch = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
            if (body is not null)
            {
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            }

            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            if (ifMatch is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            }

            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return null;
        }
    }

    /// <summary>A call that must succeed; what was turned away, which is certainly not executed, is asked again.</summary>
    public async Task<JsonNode?> DoAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        (HttpStatusCode Status, JsonNode? Body)? answer = null;
        await Eventually.HoldsAsync(
            async () => (answer = await TryAsync(method, path, body)) is not { Status: HttpStatusCode.ServiceUnavailable },
            s_patience,
            () => $"{method} {path}: {answer}");
        var (status, told) = answer ?? throw new InvalidOperationException($"{method} {path}: no answer");
        return (int)status < 300 ? told : throw new InvalidOperationException($"{method} {path}: {(int)status} {told}");
    }

    /// <summary>Every item of a list, all pages.</summary>
    public async Task<List<JsonNode>> ListAsync(string path)
    {
        var items = new List<JsonNode>();
        string? token = null;
        do
        {
            var page = await DoAsync(HttpMethod.Get, token is null ? path : $"{path}{(path.Contains('?') ? '&' : '?')}page_token={token}");
            items.AddRange(page!["items"]!.AsArray().Select(i => i!));
            token = (string?)page["next_page"];
        }
        while (token is not null);

        return items;
    }

    /// <summary>Waits until the node says that it is ready.</summary>
    public Task ReadyAsync(NodeProcess node) => Eventually.HoldsAsync(
        async () => node.IsRunning
            ? await TryAsync(HttpMethod.Get, "/health/ready") is { Status: HttpStatusCode.OK }
            : throw new InvalidOperationException($"the node ended:\n{node.Output}"),
        TimeSpan.FromSeconds(60),
        () => node.Output);

    public void Dispose() => _http.Dispose();
}
