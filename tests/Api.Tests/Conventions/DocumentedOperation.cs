using System.Text.Json;

namespace Gantry.Api.Tests;

/// <summary>An operation as <c>/openapi/v1.json</c> lists it, with a path that can be called.</summary>
internal sealed record DocumentedOperation(string Method, string Path, JsonElement Spec)
{
    public string Id => Spec.Text("operationId") ?? $"{Method} {Path}";

    public bool HasBody => Spec.TryGetProperty("requestBody", out _);

    /// <summary>A body that can be sent, from the document.</summary>
    public string? ExampleBody => HasBody
        ? Spec.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText()
        : null;

    public bool IsFree => Spec.TryGetProperty("security", out var security) && security.GetArrayLength() == 0;

    public static async Task<List<DocumentedOperation>> AllAsync(ApiHost host)
    {
        using var client = host.Client(null);
        var document = await client.GetJsonAsync("/openapi/v1.json");
        return
        [
            .. document.GetProperty("paths").EnumerateObject().SelectMany(p =>
                p.Value.EnumerateObject().Select(m => new DocumentedOperation(m.Name.ToUpperInvariant(), p.Name, m.Value))),
        ];
    }

    /// <summary>The path with well-formed parameters of objects that do not exist, and required query parameters.</summary>
    public string Callable(string? extraQuery = null)
    {
        var path = Path;
        var query = new List<string>();
        foreach (var parameter in Spec.GetProperty("parameters").EnumerateArray())
        {
            var name = parameter.Text("name") ?? "";
            if (parameter.Text("in") == "path")
            {
                var isId = parameter.GetProperty("schema").Text("format") == "uuid";
                path = path.Replace($"{{{name}}}", isId ? "0a0a0a0a-0000-4000-8000-000000000001" : "no-such-thing", StringComparison.Ordinal);
            }
            else if (name == "project")
            {
                query.Add("project=default");
            }
            else if (parameter.TryGetProperty("required", out var required) && required.GetBoolean())
            {
                query.Add($"{name}=some");
            }
        }

        if (extraQuery is not null)
        {
            query.Add(extraQuery);
        }

        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    public HttpRequestMessage Request(string? body = null, string? extraQuery = null) => new(new HttpMethod(Method), Callable(extraQuery))
    {
        Content = body is not null ? Answers.Json(body) : HasBody ? Answers.Json("{}") : null,
    };
}
