using System.Runtime.CompilerServices;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// The committed document is what the node serves (operator-experience 4.6): a change of the API is seen in review, and one that callers of a
/// released version would feel wants a new version.
/// </summary>
[Trait("spec", "ops/4.6")]
public sealed class OpenApiFileTests : IClassFixture<ApiHostFixture>
{
    private readonly ApiHostFixture _fixture;

    public OpenApiFileTests(ApiHostFixture fixture) => _fixture = fixture;

    [Fact]
    public async Task The_committed_document_is_the_one_that_is_served()
    {
        using var http = _fixture.Host.Client(null);
        var served = await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)) + "\n";
        var version = JsonDocument.Parse(served).RootElement.GetProperty("info").GetProperty("version").GetString();
        var file = Path.Combine(Folder(), $"{version}.json");
        if (Environment.GetEnvironmentVariable("GANTRY_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(file, served);
        }

        (File.Exists(file) ? await File.ReadAllTextAsync(file) : "").ShouldBe(
            served, $"{file}: a released version does not change, raise it in ApiVersions; before its release take the present one over with GANTRY_UPDATE_GOLDEN=1");
        (await File.ReadAllTextAsync(Path.Combine(Folder(), "latest"))).Trim().ShouldBe($"{version}.json");
    }

    [Fact]
    public async Task Every_operation_has_id_tag_summary_answers_and_every_example_that_it_names_is_JSON()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in await DocumentedOperation.AllAsync(_fixture.Host))
        {
            var spec = operation.Spec;
            ids.Add(spec.GetProperty("operationId").GetString()!).ShouldBeTrue(operation.Id);
            spec.GetProperty("tags").GetArrayLength().ShouldBe(1, operation.Id);
            spec.GetProperty("summary").GetString().ShouldNotBeNullOrWhiteSpace(operation.Id);
            var answers = spec.GetProperty("responses").EnumerateObject().Select(r => r.Name).ToList();
            answers.ShouldContain(a => a.StartsWith('2') || a.StartsWith('3'), operation.Id);
            if (!operation.IsFree)
            {
                answers.ShouldContain("401", operation.Id);
            }

            if (operation.HasBody)
            {
                JsonDocument.Parse(operation.ExampleBody!).RootElement.ValueKind.ShouldBe(JsonValueKind.Object, operation.Id);
                answers.ShouldContain("400", operation.Id);
            }
        }

        ids.Count.ShouldBeGreaterThan(80);
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "Api", "openapi")); // a source file has folders above it
}
