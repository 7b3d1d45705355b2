using System.Text;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Rules of operator-experience 5, each over every operation of the document: a new endpoint cannot forget one.</summary>
[Collection(ApiHostGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class EveryOperationTests(ApiHostFixture fixture)
{
    private ApiHost Host => fixture.Host;

    [Fact]
    public async Task Every_operation_has_a_name_a_tag_and_a_summary()
    {
        var operations = await DocumentedOperation.AllAsync(Host);

        operations.Count.ShouldBeGreaterThan(10);
        operations.Where(o => o.Spec.Text("operationId") is null or "" || o.Spec.Text("summary") is null or "" ||
            o.Spec.GetProperty("tags").GetArrayLength() == 0).Select(o => o.Id).ShouldBeEmpty();
        operations.GroupBy(o => o.Id).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_operation_asks_for_credentials_before_anything_else()
    {
        using var client = Host.Client(null);
        var failures = await FailuresAsync(client, o => o.IsFree ? null : o.Request("{not json", "no_such=1"), async (_, answer, body) =>
        {
            await Task.CompletedTask;
            return (int)answer.StatusCode == 401 && body.Text("error_code") == "Unauthorized" ? null : "no 401 Unauthorized";
        });

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_operation_refuses_a_wrong_token()
    {
        using var client = Host.Client("gnt_00000000_" + new string('x', 40));
        var failures = await FailuresAsync(client, o => o.IsFree ? null : o.Request(), (_, answer, _) =>
            Task.FromResult((int)answer.StatusCode == 401 ? null : "no 401"));

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_operation_refuses_an_unknown_query_parameter_by_name()
    {
        using var client = Host.Client(Host.AdminToken);
        var failures = await FailuresAsync(client, o => o.Request(extraQuery: "no_such=1"), (_, answer, body) =>
            Task.FromResult((int)answer.StatusCode == 400 && body.Text("error_code") == "InvalidRequest" && body.Text("message")!.Contains("no_such", StringComparison.Ordinal)
                ? null
                : "no 400 naming the parameter"));

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_operation_refuses_an_api_version_that_is_not_served()
    {
        using var client = Host.Client(Host.AdminToken);
        client.DefaultRequestHeaders.Add("api-version", "latest please");
        var failures = await FailuresAsync(client, o => o.Request(), (_, answer, body) =>
            Task.FromResult((int)answer.StatusCode == 400 && body.Text("error_code") is null ? null : "no 400 without error_code"));

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_operation_with_an_id_in_its_path_refuses_what_is_none()
    {
        using var client = Host.Client(Host.AdminToken);
        var failures = await FailuresAsync(
            client,
            o => o.Path.Contains("_id}", StringComparison.Ordinal)
                ? new HttpRequestMessage(new HttpMethod(o.Method), o.Callable().Replace("0a0a0a0a-0000-4000-8000-000000000001", "Not-An-Id", StringComparison.Ordinal))
                : null,
            (_, answer, body) => Task.FromResult((int)answer.StatusCode == 400 && body.Text("error_code") is null ? null : "no 400 without error_code"));

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_list_refuses_a_limit_of_zero_and_a_page_token_from_elsewhere()
    {
        using var client = Host.Client(Host.AdminToken);
        static bool IsList(DocumentedOperation o) =>
            o.Method == "GET" && o.Spec.GetProperty("parameters").EnumerateArray().Any(p => p.Text("name") == "page_token");
        var zero = await FailuresAsync(client, o => IsList(o) && o.Id != "sled_list_uninitialized" ? o.Request(extraQuery: "limit=0") : null, Is400);
        var foreign = await FailuresAsync(client, o => IsList(o) ? o.Request(extraQuery: "page_token=bm90LW9uZS1vZi1vdXJz") : null, Is400);

        zero.Concat(foreign).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{\"name\": ")]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("")]
    public async Task Every_body_that_is_no_JSON_object_is_refused_and_nothing_changes(string text)
    {
        using var client = Host.Client(Host.AdminToken);
        var before = await Host.QuietJournalAsync();

        var failures = await FailuresAsync(client, o => o.HasBody ? o.Request(text) : null, (_, answer, body) =>
            Task.FromResult((int)answer.StatusCode == 400 && body.Text("message")?.Length > 0 ? null : "no 400"));

        failures.ShouldBeEmpty();
        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Every_body_with_unknown_members_is_refused_naming_them_and_nothing_changes()
    {
        using var client = Host.Client(Host.AdminToken);
        var before = await Host.QuietJournalAsync();

        var failures = await FailuresAsync(
            client,
            o => o.HasBody ? o.Request("{\"no_such_member\": 1, \"nor_this\": {}}") : null,
            (_, answer, body) => Task.FromResult(
                (int)answer.StatusCode == 400 && body.Text("error_code") == "InvalidRequest" &&
                body.Text("message")!.Contains("no_such_member", StringComparison.Ordinal) && body.Text("message")!.Contains("nor_this", StringComparison.Ordinal)
                    ? null
                    : "no 400 naming both"));

        failures.ShouldBeEmpty();
        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Every_body_over_the_limit_is_refused_and_nothing_changes()
    {
        using var client = Host.Client(Host.AdminToken);
        var before = await Host.QuietJournalAsync();
        var large = new StringBuilder("{\"description\": \"").Append('x', ApiLimits.BodyBytesMax).Append("\"}").ToString();

        var failures = await FailuresAsync(client, o => o.HasBody ? o.Request(large) : null, (_, answer, body) =>
            Task.FromResult((int)answer.StatusCode == 400 && body.Text("reason") == "BodyTooLarge" ? null : "no 400 BodyTooLarge"));

        failures.ShouldBeEmpty();
        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Every_write_can_be_tried_and_nothing_changes()
    {
        using var client = Host.Client(Host.AdminToken);
        var before = await Host.QuietJournalAsync();

        var failures = await FailuresAsync(
            client,
            o => o.Method == "GET" ? null : o.Request(o.ExampleBody, extraQuery: "dry_run=true"),
            (_, answer, body) => Task.FromResult(
                (int)answer.StatusCode is 404 || IsRefusedByARule(answer, body) || ((int)answer.StatusCode == 200 && body.GetProperty("dry_run").GetBoolean())
                    ? null
                    : "neither tried nor 404"));

        failures.ShouldBeEmpty();
        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task No_operation_fails_by_a_bug_for_an_object_that_is_not_there()
    {
        using var client = Host.Client(Host.AdminToken);
        var failures = await FailuresAsync(client, o => o.Id == "watch" ? null : o.Request(), (_, answer, _) =>
            Task.FromResult((int)answer.StatusCode < 500 ? null : "a server error"));

        failures.ShouldBeEmpty();
    }

    // The document's example may ask for what this node's state does not allow; it may not be one that cannot be read.
    private static bool IsRefusedByARule(HttpResponseMessage answer, System.Text.Json.JsonElement body) =>
        (int)answer.StatusCode is 400 or 409 && body.Text("error_code") is not null
        && body.Text("reason") is not (ApiErrors.MalformedBody or ApiErrors.UnknownMember or ApiErrors.MemberNotServed or ApiErrors.UnknownQueryParameter);

    private static Task<string?> Is400(DocumentedOperation operation, HttpResponseMessage answer, System.Text.Json.JsonElement body) =>
        Task.FromResult((int)answer.StatusCode == 400 ? null : "no 400");

    private async Task<List<string>> FailuresAsync(
        HttpClient client,
        Func<DocumentedOperation, HttpRequestMessage?> request,
        Func<DocumentedOperation, HttpResponseMessage, System.Text.Json.JsonElement, Task<string?>> check)
    {
        var failures = new List<string>();
        foreach (var operation in await DocumentedOperation.AllAsync(Host))
        {
            using var first = request(operation);
            if (first is null)
            {
                continue;
            }

            using var answer = await client.SendPatientlyAsync(() => request(operation)!); // it made one just now

            var body = answer.Content.Headers.ContentType?.MediaType == "application/json" ? await answer.JsonAsync() : default;
            var why = answer.Headers.Contains("x-request-id") ? await check(operation, answer, body) : "no x-request-id";
            if ((int)answer.StatusCode >= 400 && body.Text("request_id") != answer.Headers.GetValues("x-request-id").FirstOrDefault())
            {
                why ??= "request_id is not x-request-id";
            }

            if (why is not null)
            {
                failures.Add($"{operation.Id}: {why}; {(int)answer.StatusCode} {body}");
            }
        }

        return failures;
    }
}
