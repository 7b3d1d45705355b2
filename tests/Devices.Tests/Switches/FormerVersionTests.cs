using System.Text;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Calls as earlier versions of the daemon's API have them (switch-dpd 4). They are not in the published document, so the model is asked.</summary>
public sealed class FormerVersionTests
{
    private SwitchState _state = SwitchState.Fresh(0, Guid.Empty, DateTimeOffset.UnixEpoch);

    [Theory]
    [InlineData("6.0.0", """[{"Subnet":"0.0.0.0/0"}]""", 201, null)]
    [InlineData("6.0.0", """[{"Subnet":"10.0.0.0/8"},{"Exact":"10.0.0.1"}]""", 201, "10.0.0.0,10.0.0.1")]
    [InlineData("6.0.0", """["Any"]""", 400, null)]
    [InlineData("7.0.0-rc.1", """[{"Subnet":"10.0.0.7/32"}]""", 201, "10.0.0.7")]
    [InlineData("7.0.0", """[{"Subnet":"10.0.0.7/32"}]""", 400, null)]
    [InlineData("7.0.0", """["Any"]""", 201, null)]
    public void Subnet_was_where_any_is(string version, string sources, int status, string? stored)
    {
        Ask("POST", "/multicast/underlay-groups", """{"group_ip":"ff04::1","members":[]}""").Status.ShouldBe(201);

        Ask("POST", "/multicast/external-groups", $$$"""
            {"group_ip":"224.1.0.1","internal_forwarding":{"nat_target":{"internal_ip":"ff04::1","inner_mac":{"a":[51,51,0,0,0,1]},"vni":77}},
             "external_forwarding":{"vlan_id":null},"sources":{{{sources}}}}
            """, version).Status.ShouldBe(status);

        var found = (_state.Groups.GetValueOrDefault(Ip.Parse("224.1.0.1")) as ExternalGroup)?.Sources;
        (found is { } list ? string.Join(',', list) : null).ShouldBe(stored);
    }

    [Theory]
    [InlineData("1.0.0", false, 204)]
    [InlineData("8.0.0-rc.2", false, 204)]
    [InlineData("8.0.0", false, 410)]
    [InlineData("7.0.0", true, 501)]
    [InlineData("8.0.0", true, 410)]
    public void Untagged_groups_went_with_version_8(string version, bool isAbsent, int status) =>
        Ask("DELETE", "/multicast/untagged", version: version, faults: ModelFaults.None with { IsMulticastAbsent = isAbsent }).Status.ShouldBe(status);

    [Theory]
    [InlineData("4.0.0", "nat_only", 200)]
    [InlineData("4.0.0", "uplink", 404)]
    [InlineData("5.0.0-beta", "nat_only", 200)]
    [InlineData("5.0.0", "nat_only", 404)]
    [InlineData("5.0.0", "uplink", 200)]
    public void Uplinks_were_called_nat_only(string version, string name, int status)
    {
        Ask("POST", "/ports/qsfp0/links", """{"speed":"Speed100G","autoneg":false,"kr":false}""").Status.ShouldBe(201);

        Ask("GET", $"/ports/qsfp0/links/0/{name}", version: version).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("1.0.0", "/rpw/nat/ipv4/gen", 200)]
    [InlineData("1.0.0", "/rpw/nat/gen", 404)]
    [InlineData("2.0.0", "/rpw/nat/ipv4/gen", 404)]
    [InlineData("2.0.0", "/rpw/nat/gen", 200)]
    public void Nat_generation_was_one_of_ipv4(string version, string path, int status) => Ask("GET", path, version: version).Status.ShouldBe(status);

    [Theory]
    [InlineData("8.0.0-rc.2", "8.0.0-rc.10")]
    [InlineData("8.0.0-1", "8.0.0-rc")]
    [InlineData("8.0.0-rc", "8.0.0-rc.1")]
    [InlineData("8.0.0-rc", "8.0.0")]
    [InlineData("7.9.9", "8.0.0-rc")]
    public void Pre_releases_sort_below_their_release(string lower, string higher)
    {
        SimVersion.TryParse(lower, out var left).ShouldBeTrue();
        SimVersion.TryParse(higher, out var right).ShouldBeTrue();
        left.CompareTo(right).ShouldBeLessThan(0);
    }

    private SimAnswer Ask(string method, string path, string? body = null, string version = "13.0.0", ModelFaults? faults = null)
    {
        (_state, var answer) = SwitchModel.Step(_state, new SimRequest
        {
            Method = method,
            Path = path,
            ApiVersion = version,
            Body = body is null ? default : Encoding.UTF8.GetBytes(body),
            Now = DateTimeOffset.UnixEpoch,
            NewId = Guid.Empty,
            Faults = faults ?? ModelFaults.None,
        });
        return answer;
    }
}
