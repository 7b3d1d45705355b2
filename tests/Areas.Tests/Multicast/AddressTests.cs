using System.Net;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

public sealed class AddressTests
{
    [Theory]
    [InlineData("224.1.2.3", 0, "ff04::e001:203")]
    [InlineData("224.1.1.1", 0, "ff04::e001:101")]
    [InlineData("239.255.255.255", 0, "ff04::efff:ffff")]
    [InlineData("232.0.0.1", 1, "ff04::e800:0")]
    [InlineData("ff05::1234", 0, "ff04::ff05:0:0:1234")]
    [InlineData("ff3e:1234:5678:9abc:def0:1234:5678:9abc", 0, "ff04::21ce:0:0:0")]
    [InlineData("ff0e:1234:5678:9abc:7ef0:1122:3344:5566", 0, "ff04::81fe:316:653c:cfda")]
    [Trait("spec", "multicast/6.1")]
    public void Underlay_address_is_folded_and_salted(string external, int salt, string underlay)
    {
        UnderlayAddress.Derive(Ip.Parse(external), salt).ToString().ShouldBe(underlay);
    }

    [Fact]
    public void Mac_is_made_of_the_low_bits()
    {
        UnderlayAddress.Mac(Ip.Parse("ff04::e001:203")).ShouldBe("33:33:e0:01:02:03");
    }

    [Fact]
    public void All_salts_of_an_address_differ_and_stay_in_the_underlay_subnet()
    {
        var dice = new SeededRandomSource(7);
        for (var i = 0; i < 200; i++)
        {
            var external = dice.Next(2) == 0 ? Ip.V4(0xE0000000 | (uint)dice.Next(1 << 28)) : RandomV6(dice);
            var all = Enumerable.Range(0, 256).Select(salt => UnderlayAddress.Derive(external, salt)).ToList();
            all.Distinct().Count().ShouldBe(256);
            all.ShouldAllBe(a => MulticastRanges.Underlay.Contains(a));
        }
    }

    [Theory]
    [InlineData("224.2.0.5", "mcast-224-2-0-5")]
    [InlineData("ff0e::1", "mcast-ff0e-0-0-0-0-0-0-1")]
    [InlineData("ff3e:1234:5678:9abc:def0:1234:5678:9abc", "mcast-ff3e-1234-5678-9abc-def0-1234-5678-9abc")]
    public void Name_follows_from_the_address_and_is_a_name(string address, string name)
    {
        GroupNames.ForAddress(Ip.Parse(address)).ShouldBe(name);
        ObjectName.IsValid(name).ShouldBeTrue();
    }

    [Theory]
    [InlineData("224.0.1.0", true, false)]
    [InlineData("223.255.255.255", false, false)]
    [InlineData("240.0.0.0", false, false)]
    [InlineData("231.255.255.255", true, false)]
    [InlineData("232.0.0.0", true, true)]
    [InlineData("232.255.255.255", true, true)]
    [InlineData("233.0.0.0", true, false)]
    [InlineData("ff2f::1", true, false)]
    [InlineData("ff30::1", true, true)]
    [InlineData("ff3f:ffff::1", true, true)]
    [InlineData("ff40::1", true, false)]
    [InlineData("fe80::1", false, false)]
    public void Classification_has_exact_edges(string text, bool isMulticast, bool isSsm)
    {
        var address = Ip.Parse(text);
        (MulticastRanges.IsMulticast(address), MulticastRanges.IsSsm(address)).ShouldBe((isMulticast, isSsm));
    }

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4 ")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::1/128")]
    [InlineData("1::2::3")]
    [InlineData(":")]
    [InlineData("12345::")]
    [InlineData("")]
    [InlineData(null)]
    public void Text_that_is_no_address_is_none(string? text)
    {
        Ip.TryParse(text).ShouldBeNull();
    }

    [Theory]
    [InlineData("2001:DB8::1", "2001:db8::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("ff05::5efe:1.2.3.4", "ff05::5efe:102:304")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    public void Text_form_is_canonical(string text, string canonical)
    {
        Ip.Parse(text).ToString().ShouldBe(canonical);
    }

    [Fact]
    public void Every_address_reads_back_as_itself_and_as_the_platform_reads_it()
    {
        var dice = new SeededRandomSource(11);
        for (var i = 0; i < 5_000; i++)
        {
            var address = i % 2 == 0 ? Ip.V4((uint)dice.Next(int.MaxValue)) : RandomV6(dice);
            var text = address.ToString();
            Ip.TryParse(text).ShouldBe(address);
            Ip.TryParse(IPAddress.Parse(text).ToString()).ShouldBe(address);
        }
    }

    [Fact]
    public void Mutated_text_never_throws_and_parses_only_to_what_it_prints()
    {
        var dice = new SeededRandomSource(13);
        const string alphabet = "0123456789abcdefABCDEF:.-%[]/ xg\0é";
        for (var i = 0; i < 20_000; i++)
        {
            var text = (i % 2 == 0 ? Ip.V4((uint)dice.Next(int.MaxValue)) : RandomV6(dice)).ToString().ToCharArray();
            text[dice.Next(text.Length)] = alphabet[dice.Next(alphabet.Length)];
            if (Ip.TryParse(new string(text)) is { } read)
            {
                Ip.Parse(read.ToString()).ShouldBe(read);
            }

            _ = GroupIdentifier.TryParse(new string(text));
        }
    }

    [Fact]
    public void Identifier_is_read_as_uuid_then_address_then_name()
    {
        GroupIdentifier.TryParse("3b0f7a52-8f0e-4d57-9f1e-0d9a1c2b3c4d").ShouldBeOfType<GroupIdentifier.ById>();
        GroupIdentifier.TryParse("ff0e::1").ShouldBeOfType<GroupIdentifier.ByAddress>();
        GroupIdentifier.TryParse("feed").ShouldBeOfType<GroupIdentifier.ByName>();
        GroupIdentifier.TryParse("fade").ShouldBeOfType<GroupIdentifier.ByName>();
        new[] { "", "Feed", "feed-", "1feed", "224.1.1", new string('a', 64) }.ShouldAllBe(t => GroupIdentifier.TryParse(t) == null);
    }

    [Theory]
    [InlineData("239.1.1.1")]
    [InlineData("127.9.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("169.254.3.4")]
    [InlineData("ff0e::1")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("febf::1")]
    [InlineData("nonsense")]
    public void Special_addresses_are_no_sources(string source)
    {
        SourceRules.TryParse([source], out _).ShouldNotBeNull();
    }

    [Fact]
    [Trait("spec", "multicast/FIX-12")]
    public void Sources_collapse_sort_and_are_counted_after_that()
    {
        SourceRules.TryParse(["10.0.0.2", "10.0.0.1", "10.0.0.2"], out var sources).ShouldBeNull();
        sources!.Value.Select(s => s.ToString()).ShouldBe(["10.0.0.1", "10.0.0.2"]);
        SourceRules.TryParse(null, out sources).ShouldBeNull();
        sources.ShouldBeNull();
        SourceRules.TryParse([], out sources).ShouldBeNull();
        sources!.Value.ShouldBeEmpty();

        string[] Many(int count) => [.. Enumerable.Range(0, count).Select(i => $"10.0.{i}.1"), "10.0.0.1"];
        SourceRules.TryParse(Many(63), out _).ShouldBeNull();
        SourceRules.TryParse(Many(64), out _).ShouldBeNull();
        SourceRules.TryParse(Many(65), out _)!.Code.ShouldBe("TooManySources");
    }

    [Theory]
    [InlineData("223.0.0.0", "240.0.0.0", "spans multicast and unicast")]
    [InlineData("231.0.0.0", "233.0.0.0", "span ASM and SSM")]
    [InlineData("224.0.0.200", "224.0.1.5", "link-local multicast")]
    [InlineData("224.2.0.5", "224.2.0.4", "reversed")]
    [InlineData("224.2.0.5", "ff0e::1", "IP version")]
    [InlineData("ff0e::1", "ff0e::2", "pool holds")]
    [Trait("spec", "multicast/2.3")]
    [Trait("spec", "multicast/FIX-14")]
    public void Ranges_are_judged_as_whole_intervals(string first, string last, string mentions)
    {
        var nature = new PoolNature(PoolType.Multicast, IpVersion.V4);

        RangeRules.WhyNot(new IpRange(Ip.Parse(first), Ip.Parse(last)), nature, [], [])!.Message.ShouldContain(mentions);
    }

    [Fact]
    public void Range_that_is_accepted_holds_no_refused_address()
    {
        var dice = new SeededRandomSource(17);
        var nature = new PoolNature(PoolType.Multicast, IpVersion.V4);
        var accepted = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var first = 0xDF000000u + (uint)dice.Next(0x12000000);
            var range = new IpRange(Ip.V4(first), Ip.V4(first + (uint)dice.Next(0x01000000)));
            if (RangeRules.WhyNot(range, nature, [], []) is not null)
            {
                continue;
            }

            accepted++;
            for (var probe = 0; probe < 20; probe++)
            {
                var address = Ip.V4((uint)range.First.Value + (uint)(dice.NextDouble() * (double)(range.Count - 1)));
                MulticastRanges.IsMulticast(address).ShouldBeTrue();
                MulticastRanges.ReservedFor(address).ShouldBeNull();
                MulticastRanges.ClassOf(address).ShouldBe(MulticastRanges.ClassOf(range.First));
            }
        }

        accepted.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void First_fit_agrees_with_counting_up()
    {
        var dice = new SeededRandomSource(19);
        for (var i = 0; i < 500; i++)
        {
            var ranges = new List<PoolRange>();
            for (uint at = 0, n = 0; n < dice.Next(4); n++, at += 10)
            {
                ranges.Add(new PoolRange(
                    new PoolRangeId(Guid.Empty), Ip.V4(at), Ip.V4(at + (uint)dice.Next(5)), DateTimeOffset.UnixEpoch));
            }

            var all = ranges.SelectMany(r => Enumerable.Range((int)r.First.Value, (int)r.Range.Count)).Select(v => Ip.V4((uint)v)).ToList();
            var taken = all.Where(_ => dice.Next(3) > 0).ToList();

            FirstFit.Lowest([.. ranges], taken)?.Address.ShouldBe(all.Except(taken).First());
            (FirstFit.Lowest([.. ranges], taken) is null).ShouldBe(!all.Except(taken).Any());
        }
    }

    [Fact]
    public void Tag_of_our_form_is_known_and_others_are_not()
    {
        var id = new GroupId(GuidForm.FromText("group"));
        GroupTag.TryParse(GroupTag.Of(id, Ip.Parse("ff3e:1234:5678:9abc:def0:1234:5678:9abc"))).ShouldBe(id);
        GroupTag.Of(id, Ip.Parse("ff3e:1234:5678:9abc:def0:1234:5678:9abc")).Length.ShouldBeLessThanOrEqualTo(80);
        new[] { "", "somebody", $"{id}", $"{id}:", $"{id}:feed", $"{id}:0224.1.1.1", $"X{id}:224.1.1.1" }
            .ShouldAllBe(t => GroupTag.TryParse(t) == null);
    }

    private static Ip RandomV6(SeededRandomSource dice)
    {
        // Many zero segments, so that compression is met in every place.
        ulong Half() => Enumerable.Range(0, 4).Aggregate(0UL, (v, _) => (v << 16) | (dice.Next(3) == 0 ? (uint)dice.Next(0x10000) : 0));
        return Ip.V6(Half(), Half());
    }
}
