using System.Net;
using Gantry.Devices;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>How many connections the adapter opens, and where a daemon listens.</summary>
public sealed class SwitchConnectionTests : SwitchAdapterTestBase
{
    [Fact]
    public async Task Many_calls_share_few_connections()
    {
        Value(await Port.ListGroupsAsync(None));
        var opened = First.Connections;

        for (var n = 0; n < 100; n++)
        {
            Value(await Port.ListGroupsAsync(None));
            Value(await Port.ListByTagAsync(Tag, None));
        }

        // One call at a time and the probe beside it: a connection each, and not one per call.
        First.Connections.ShouldBeLessThanOrEqualTo(opened + 2);
        First.Requests.Count(r => r.Path.StartsWith("/multicast/tags", StringComparison.Ordinal)).ShouldBe(100);
    }

    [Theory]
    [InlineData(340, "223.255.250.")]
    [InlineData(180, "fd00:1111:2222:3333:4444:5555:6666:")]
    [Trait("spec", "switch-dpd/T3")]
    public async Task Most_sources_that_a_group_may_have_fit_one_body(int count, string prefix)
    {
        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
        var isV6 = prefix.Contains(':', StringComparison.Ordinal);
        string[] sources = [.. Enumerable.Range(0, count).Select(n => isV6 ? $"{prefix}{n + 0x1000:x}" : $"223.255.{200 + (n / 200)}.{n % 200}")];
        var body = isV6
            ? new ExternalGroupBody("ff3e:1234:5678:9abc:def0:1234:5678:9abc", Tag, ExternalBody().Nat, VlanId: 4094, [.. sources])
            : ExternalBody(sources);

        Value(await Port.CreateExternalAsync(body, None)).Sources.Length.ShouldBe(count);
        Value(await Port.UpdateExternalAsync(body with { VlanId = 4093 }, None)).Sources.Length.ShouldBe(count);
    }

    [Fact]
    public async Task Daemon_listens_on_every_address_it_is_given()
    {
        await using var simulator = await SwitchSimulator.StartAsync(
            new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Listen = [new IPEndPoint(IPAddress.Loopback, 0)] });
        simulator.Addresses.Count.ShouldBe(2);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("api-version", "13.0.0");

        foreach (var address in simulator.Addresses)
        {
            (await http.GetAsync(new Uri(address, "dpd-uptime"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }
}
