using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Packets through the tables that groups leave behind (switch-dpd 3.9, 6).</summary>
public class PacketPathTests : SwitchTestBase
{
    private static readonly Ip Group = Ip.Parse("224.0.1.1");
    private static readonly Ip Source = Ip.Parse("10.0.0.1");
    private static readonly Lane Front = Of("qsfp20");
    private SwitchState? _state;

    [Fact, Trait("spec", "switch-dpd/18")]
    public async Task Copies_follow_the_members_and_are_tagged_outside()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.0.1.1", new External { Vlan = 10 });
        var members = $"{Out("qsfp1")},{Out("qsfp2")},{Under("rear3")}";
        Table(TableNames.Decap).ShouldBeEmpty();
        Send(Wrapped).Copies.ShouldBeEmpty();

        (await SetMembers("ff04::1", "t_u", members)).Body!["members"]!.AsArray().Count.ShouldBe(3);
        Table(TableNames.Decap).Length.ShouldBe(1);
        Send(Wrapped).Copies.ShouldBe(
        [
            new SimCopy(Of("qsfp1"), IsEncapsulated: false, 10, 63),
            new SimCopy(Of("qsfp2"), IsEncapsulated: false, 10, 63),
            new SimCopy(Of("rear3"), IsEncapsulated: true, null, 64),
        ]);

        await SetMembers("ff04::1", "t_u", "");
        Table(TableNames.Decap).ShouldBeEmpty();
        Send(Wrapped).Copies.ShouldBeEmpty();
        (await SetMembers("ff04::1", "t_u", members)).Status.ShouldBe(200);
    }

    [Fact, Trait("spec", "switch-dpd/38")]
    public async Task Another_VLAN_does_not_get_in()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.0.1.1", new External { Vlan = 20 });

        Send(Plain with { Vlan = 10 }).Copies.ShouldBeEmpty();
        Send(Plain).Copies.ShouldBeEmpty();
        Send(Plain with { Vlan = 20 }).Copies.Length.ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/39")]
    public async Task Changed_members_get_the_copies()
    {
        await CreateUnderlay("ff04::1", members: $"{Under("rear15")},{Under("rear17")}");
        await CreateExternal("224.0.1.1");

        await SetMembers("ff04::1", "t_u", $"{Under("rear17")},{Under("rear19")}");

        Send(Plain).Copies.Select(c => c.Egress).ShouldBe([Of("rear17"), Of("rear19")]);
    }

    [Fact, Trait("spec", "switch-dpd/40")]
    public async Task No_copy_returns_where_the_packet_came_from()
    {
        await CreateUnderlay("ff04::1", members: $"{Out("qsfp20")},{Under("rear1")}");
        await CreateExternal("224.0.1.1");

        Send(Plain).Copies.Select(c => c.Egress).ShouldBe([Of("rear1")]);

        Counted("Ingress", "qsfp20/0").ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/41")]
    public async Task Only_allowed_sources_pass()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.0.1.1", new External { Sources = Exact("10.0.0.1", "10.0.0.2") });

        Send(Plain).Copies.Length.ShouldBe(1);
        Send(Plain with { Source = Ip.Parse("10.0.0.2") }).Copies.Length.ShouldBe(1);
        Send(Plain with { Source = Ip.Parse("10.0.0.3") }).Copies.ShouldBeEmpty();

        Counted("Drop_Reason", "multicast_src_filtered").ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/42")]
    public void Packets_for_no_group_are_counted()
    {
        Send(Plain).Copies.ShouldBeEmpty();
        Send(Plain).Copies.ShouldBeEmpty();

        Counted("Drop_Reason", "multicast_no_group").ShouldBe(2);
    }

    [Fact, Trait("spec", "switch-dpd/43")]
    public async Task A_unicast_MAC_and_a_spent_TTL_are_dropped()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.0.1.1");

        Send(Plain with { EthernetDestination = 0x0200_0000_0001 }).Copies.ShouldBeEmpty();
        Counted("Drop_Reason", "multicast_invalid_mac").ShouldBe(1);
        Send(Plain with { Ttl = 0 }).Copies.ShouldBeEmpty();
        Send(Plain with { Ttl = 1 }).Copies.ShouldBeEmpty();
        await CreateExternal("ff0e::1");
        var sixth = new SimPacket(Front, Ip.Parse("2001:db8::1"), Ip.Parse("ff0e::1"));
        Send(sixth).Copies.Length.ShouldBe(1);
        Send(sixth with { Ttl = 0 }).Copies.ShouldBeEmpty();
        Send(Plain with { EthernetDestination = 0x0100_5e00_0101 }).Copies.Length.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, new[] { "qsfp1" })]
    [InlineData(1, new[] { "rear1" })]
    [InlineData(2, new[] { "qsfp1", "rear1" })]
    public async Task The_tag_of_an_encapsulated_packet_chooses_the_copies(int tag, string[] ports)
    {
        await CreateUnderlay("ff04::1", members: $"{Out("qsfp1")},{Under("rear1")}");
        await CreateExternal("224.0.1.1");

        Send(Wrapped with { Geneve = new GeneveHeader(Ip.Parse("ff04::1"), tag) }).Copies.Select(c => c.Egress).ShouldBe(ports.Select(Of));
    }

    [Fact, Trait("spec", "switch-dpd/K13")]
    public async Task Nothing_passes_where_no_source_is_of_the_groups_family()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.0.1.1", new External { Sources = Exact("2001:db8::1") });

        Send(Wrapped).Copies.ShouldBeEmpty();
        Counted("Drop_Reason", "multicast_src_filtered").ShouldBe(1);
    }

    private static SimPacket Plain => new(Front, Source, Group);

    private static SimPacket Wrapped => new(Of("rear9"), Source, Group) { Geneve = new GeneveHeader(Ip.Parse("ff04::1"), 2) };

    private static Lane Of(string port) => new(PortName.TryParse(port, out var name) ? name : throw new FormatException(port), 0);

    private PacketFate Send(SimPacket packet)
    {
        // Counters add up over the test; tables are those of the switch as it is now.
        (_state, var fate) = PacketPath.Send(Switch.Model with { Counters = _state?.Counters ?? Switch.Model.Counters }, packet);
        return fate;
    }

    private long Counted(string counter, string label) => _state!.Counters[counter].GetValueOrDefault(label);
}
