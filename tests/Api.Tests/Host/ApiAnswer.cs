using System.Text.Json;
using Shouldly;

namespace Gantry.Api.Tests;

/// <summary>A whole answer, read. The checks name the call and show the body, and return the answer for more.</summary>
internal sealed record ApiAnswer(string Call, int Status, IReadOnlyDictionary<string, string> Headers, JsonElement Body, string Text)
{
    public static async Task<ApiAnswer> ReadAsync(HttpRequestMessage request, HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        var isJson = text.Length > 0 && answer.Content.Headers.ContentType?.MediaType == "application/json";
        using var document = JsonDocument.Parse(isJson ? text : "null");
        return new ApiAnswer(
            $"{request.Method} {request.RequestUri?.PathAndQuery}", (int)answer.StatusCode, headers, document.RootElement.Clone(), text);
    }

    /// <summary>The generation as it was received, for <c>If-Match</c>.</summary>
    public string ETag => Headers["ETag"];

    public string Id => Member("id");

    /// <summary>A text member of the body that has to be there.</summary>
    public string Member(string name) => Body.Text(name) ?? throw new ShouldAssertException($"{this} has no member {name}");

    public ApiAnswer Expect(int status)
    {
        Status.ShouldBe(status, ToString());
        Headers.ContainsKey("x-request-id").ShouldBeTrue(ToString());
        return this;
    }

    /// <summary>
    /// A failure: status, <c>error_code</c> (null: absent), optionally our finer reason, and words that the message has to contain.
    /// </summary>
    public ApiAnswer ExpectFailure(int status, string? errorCode, string? reason = null, params string[] inMessage)
    {
        Expect(status);
        Body.Text("error_code").ShouldBe(errorCode, ToString());
        if (reason is not null)
        {
            Body.Text("reason").ShouldBe(reason, ToString());
        }

        Member("request_id").ShouldBe(Headers["x-request-id"], ToString());
        foreach (var word in inMessage)
        {
            Member("message").ShouldContain(word, customMessage: ToString());
        }

        return this;
    }

    public override string ToString() => $"{Call}: {Status} {Text}";
}

/// <summary>The same checks on an answer that is still under way.</summary>
internal static class ApiAnswers
{
    public static async Task<ApiAnswer> Expect(this Task<ApiAnswer> answer, int status) => (await answer).Expect(status);

    public static async Task<ApiAnswer> ExpectFailure(
        this Task<ApiAnswer> answer, int status, string? errorCode, string? reason = null, params string[] inMessage) =>
        (await answer).ExpectFailure(status, errorCode, reason, inMessage);
}
