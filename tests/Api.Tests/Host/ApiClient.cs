using System.Text;
using System.Text.Json;

namespace Gantry.Api.Tests;

/// <summary>
/// Calls the API and gives whole answers. Bodies are JSON text, or objects whose members are written in snake_case:
/// <c>await rack.Admin.PostAsync("/v1/projects", new { Name = "p", Description = "" }).Expect(201)</c>.
/// </summary>
internal sealed class ApiClient(HttpClient http) : IDisposable
{
    private static readonly JsonSerializerOptions s_snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    public Task<ApiAnswer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, body, headers);

    public Task<ApiAnswer> PutAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync("PUT", path, body, headers);

    public Task<ApiAnswer> DeleteAsync(string path, params (string Name, string Value)[] headers) => SendAsync("DELETE", path, null, headers);

    /// <summary>Sends a request, again when the caller was faster than the gateway allows.</summary>
    public async Task<ApiAnswer> SendAsync(string method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var answer = await http.SendPatientlyAsync(() => Request(method, path, body, headers));
        return await ApiAnswer.ReadAsync(answer.RequestMessage!, answer); // an answer to a request has it
    }

    private static HttpRequestMessage Request(string method, string path, object? body, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body, s_snake), Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>All items of a list, page after page.</summary>
    public async Task<List<JsonElement>> ListAsync(string path, int pageSize = 1_000)
    {
        var items = new List<JsonElement>();
        var join = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        for (string? token = null; ;)
        {
            var page = await GetAsync($"{path}{join}limit={pageSize}{(token is null ? "" : $"&page_token={token}")}").Expect(200);
            items.AddRange(page.Body.GetProperty("items").EnumerateArray());
            token = page.Body.Text("next_page");
            if (token is null)
            {
                return items;
            }
        }
    }

    public void Dispose() => http.Dispose();
}
