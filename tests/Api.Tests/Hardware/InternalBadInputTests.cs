using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Damaged calls to the internal listener, over every operation that it maps: 4xx with a reason, never a 5xx, and nothing is recorded.</summary>
[Trait("spec", "ops/5")]
[Collection(ApiHostGroup.Name)]
public sealed class InternalBadInputTests(ApiHostFixture fixture)
{
    private const string Id = "6a0c0d0e-0000-4000-8000-0000000000dd";

    private static readonly string[] s_bodies =
    [
        "", "{", "[]", "null", "\"x\"", "{}", "{\"a\":}", "\u0000", "{\"sa_address\":5}", "{\"generation\":-1}", "{\"generation\":99999999999999999999}",
        "{\"baseboard\":null}", "{\"baseboard\":{\"serial\":\"\\ud800\",\"part\":\"p\",\"revision\":0}}",
        new string('[', 5_000), "{\"x\":\"" + new string('y', 70_000) + "\"}",
    ];

    private ApiHost Host => fixture.Host;

    private List<Operation> Operations => [.. Host.Services.GetRequiredService<OperationCatalog>().Of(ListenerKind.Internal)];

    [Fact]
    public async Task Every_damaged_body_is_refused()
    {
        using var agent = Host.InternalClient("2.0.0");
        var before = await Host.QuietJournalAsync();
        var wrong = new List<string>();
        foreach (var operation in Operations.Where(o => o.Body is not null))
        {
            foreach (var body in s_bodies)
            {
                using var answer = await SendAsync(agent, operation, PathOf(operation, Id), body);
                if ((int)answer.StatusCode is < 400 or >= 500)
                {
                    wrong.Add($"{operation.Id} {body[..Math.Min(40, body.Length)]}: {(int)answer.StatusCode}");
                }
            }
        }

        wrong.ShouldBeEmpty();
        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("not-a-uuid")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("%00")]
    [InlineData("..%2f..%2fv1%2fme")]
    [InlineData("ÿÿ")]
    public async Task Every_damaged_path_is_refused(string id)
    {
        using var agent = Host.InternalClient("2.0.0");
        foreach (var operation in Operations.Where(o => o.Parameters.Length > 0))
        {
            using var answer = await SendAsync(agent, operation, PathOf(operation, id), operation.Body is null ? null : "{}");
            ((int)answer.StatusCode).ShouldBeInRange(400, 499, $"{operation.Id} {id}");
        }
    }

    [Fact]
    public async Task Every_wrong_version_and_method_is_refused()
    {
        foreach (var version in (string?[])[null, "x", "0.0.0", "99.0.0", "1", new string('1', 300)])
        {
            using var agent = Host.InternalClient(null);
            if (version is not null)
            {
                agent.DefaultRequestHeaders.TryAddWithoutValidation("api-version", version);
            }

            foreach (var operation in Operations)
            {
                using var answer = await SendAsync(agent, operation, PathOf(operation, Id), operation.Body is null ? null : "{}");

                // A version from before an operation: it is not there.
                answer.StatusCode.ShouldBeOneOf([HttpStatusCode.BadRequest, HttpStatusCode.NotFound], $"{operation.Id} {version}");
            }
        }

        using var known = Host.InternalClient("2.0.0");
        using var patched = new HttpRequestMessage(HttpMethod.Patch, "/v1/ping");
        (await known.SendAsync(patched)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task An_announcement_out_of_its_ranges_is_refused_member_by_member()
    {
        using var agent = Host.InternalClient("2.0.0");
        var before = await Host.QuietJournalAsync();
        foreach (var (member, value) in (List<(string Member, JsonNode? Value)>)
        [
            ("sa_address", "nowhere"), ("sa_address", "[::1]:99999"), ("sa_address", ""), ("role", "captain"), ("usable_hardware_threads", -1), ("usable_hardware_threads", "many"),
            ("usable_physical_ram", -1), ("reservoir_size", 1.5), ("repo_depot_port", 70_000), ("generation", "new"), ("generation", null),
        ])
        {
            var body = SledRegistrationTests.Announcement("BRM42229999");
            body[member] = value;

            using var answer = await agent.PostAsync($"/sled-agents/{Id}", Answers.Json(body.ToJsonString()));

            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, $"{member}={value?.ToJsonString() ?? "null"}: {await answer.Content.ReadAsStringAsync()}");
        }

        (await Host.JournalAsync()).ShouldBe(before);
    }

    private static string PathOf(Operation operation, string id) =>
        operation.Parameters.Aggregate(operation.Path, (path, p) => path.Replace($"{{{p.Name}}}", id, StringComparison.Ordinal));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient agent, Operation operation, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await agent.SendAsync(request);
    }
}
