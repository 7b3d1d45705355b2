using System.Net;
using System.Text;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

/// <summary>Requests that are wrong in form.</summary>
public sealed class SledRequestTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("48")]
    [InlineData("48.0")]
    [InlineData("48.0.0.0")]
    [InlineData("new")]
    [InlineData("51.0.0")]
    public async Task Version_header_that_is_missing_malformed_or_too_new_is_refused(string? version)
    {
        await using var lab = await SledLab.StartAsync();
        using var client = new HttpClient();
        if (version is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("api-version", version);
        }

        using var answer = await client.GetAsync(new Uri(lab.Sled.Address, "inventory"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Live_multicast_join_does_not_exist_before_version_7()
    {
        await using var lab = await SledLab.StartAsync();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("api-version", "6.0.0");

        using var answer = await client.PutAsync(
            new Uri(lab.Sled.Address, $"vmms/{SystemRandomSource.Instance.NewGuid()}/multicast-group"), new StringContent("{}"));

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("PUT", "", "{}")]
    [InlineData("PUT", "", "null")]
    [InlineData("PUT", "", "[")]
    [InlineData("PUT", "/state", """{"state":{"type":"migration_target"}}""")]
    [InlineData("PUT", "/state", """{"state":null}""")]
    [InlineData("POST", "/sim-migration-source", """{"migration_id":"6a0c0d0e-0000-4000-8000-000000000001","result":"success"}""")]
    public async Task Bad_body_is_refused_and_changes_nothing(string method, string path, string body)
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        var before = lab.Sled.Model.List();

        using var answer = await lab.Raw.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(lab.Sled.Address, $"vmms/{vmm}{path}"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        });

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        lab.Sled.Model.List().ShouldBe(before);
    }

    [Fact]
    public async Task Generation_past_63_bits_is_a_bad_body()
    {
        await using var lab = await SledLab.StartAsync();
        var body = Encoding.UTF8.GetString(Gantry.Sled.SledBodies.Ensure(SledLab.Registration())).Replace("\"gen\":2", "\"gen\":9223372036854775808");

        using var answer = await lab.Raw.PutAsync(
            new Uri(lab.Sled.Address, $"vmms/{SystemRandomSource.Instance.NewGuid()}"), new StringContent(body));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Body_over_the_limit_is_refused()
    {
        await using var lab = await SledLab.StartAsync();

        using var answer = await lab.Raw.PutAsync(
            new Uri(lab.Sled.Address, $"vmms/{SystemRandomSource.Instance.NewGuid()}"), new StringContent(new string(' ', (1 << 20) + 1)));

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Random_bytes_never_crash_the_sled()
    {
        await using var lab = await SledLab.StartAsync();
        var dice = new SeededRandomSource(7);
        var good = Gantry.Sled.SledBodies.Ensure(SledLab.Registration());
        for (var i = 0; i < 200; i++)
        {
            var body = (byte[])good.Clone();
            body[dice.Next(body.Length)] = (byte)dice.Next(256);

            using var answer = await lab.Raw.PutAsync(new Uri(lab.Sled.Address, $"vmms/{dice.NewGuid()}"), new ByteArrayContent(body));

            ((int)answer.StatusCode).ShouldBeOneOf([200, 400, 500], $"seed 7 round {i}");
        }
    }
}
