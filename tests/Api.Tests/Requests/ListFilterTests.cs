using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The query parameter <c>filter</c> of every list.</summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class ListFilterTests(World world) : IDisposable
{
    private readonly ApiClient _admin = world.Host.As(world.Host.AdminToken);

    public void Dispose() => _admin.Dispose();

    [Theory]
    [InlineData("name=fl-a", "fl-a")]
    [InlineData("name!=fl-a,description=filter me", "fl-b fl-c")]
    [InlineData("name=fl-a,name=fl-b", "")]
    [InlineData("description=filter me", "fl-a fl-b fl-c")]
    public async Task Lists_show_what_passes_all_tests(string filter, string wanted)
    {
        await ProjectsAsync();

        var found = await _admin.ListAsync($"/v1/projects?filter={Uri.EscapeDataString(filter)}");

        string.Join(' ', found.Select(p => p.Text("name"))).ShouldBe(wanted);
    }

    [Fact]
    public async Task A_filter_goes_on_over_pages_from_the_token_alone()
    {
        await ProjectsAsync();
        var first = await _admin.GetAsync("/v1/projects?limit=2&sort_by=name_descending&filter=description%3Dfilter%20me").Expect(200);

        var second = await _admin.GetAsync($"/v1/projects?limit=2&page_token={first.Member("next_page")}").Expect(200);
        var ignored = await _admin.GetAsync($"/v1/projects?limit=2&filter=name%3Dnothing&page_token={first.Member("next_page")}").Expect(200);

        Names(first).ShouldBe(["fl-c", "fl-b"]);
        Names(second).ShouldBe(["fl-a"]);
        Names(ignored).ShouldBe(["fl-a"]);
    }

    [Fact]
    public async Task Members_of_members_can_be_tested()
    {
        (await _admin.ListAsync("/v1/system/hardware/sleds?filter=baseboard.serial%3DBRM42220001")).Count.ShouldBe(1);
        (await _admin.ListAsync("/v1/system/hardware/sleds?filter=baseboard.serial%3DBRM99999999")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_filter_that_no_page_token_could_hold_is_refused()
    {
        await _admin.GetAsync($"/v1/projects?filter=name%3D{new string('x', 180)}").ExpectFailure(400, null, "MalformedQuery");
        await _admin.GetAsync($"/v1/projects?filter=name%3D{new string('x', 150)}").Expect(200);
        await _admin.GetAsync($"/v1/projects?filter={string.Join(',', Enumerable.Repeat("name!=a", 9))}")
            .ExpectFailure(400, "InvalidRequest", "BadFilter", "9", "8");
    }

    private async Task ProjectsAsync()
    {
        foreach (var name in new[] { "fl-a", "fl-b", "fl-c" })
        {
            var made = await _admin.PostAsync("/v1/projects", new { Name = name, Description = "filter me" });
            made.Status.ShouldBeOneOf(201, 400);
        }
    }

    private static List<string?> Names(ApiAnswer page) => [.. page.Body.GetProperty("items").EnumerateArray().Select(i => i.Text("name"))];
}
