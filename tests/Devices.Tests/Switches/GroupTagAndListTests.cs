using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Tags, lists, pages and resets (switch-dpd 2.3, 2.4, 6).</summary>
public class GroupTagAndListTests : SwitchTestBase
{
    [Fact, Trait("spec", "switch-dpd/11")]
    public async Task A_tag_finds_and_deletes_its_own_groups_only()
    {
        await CreateUnderlay("ff04::1", "T_internal");
        await CreateExternal("224.0.1.1", new External { Tag = "T" });
        await CreateExternal("224.0.1.2", new External { Tag = "T" });
        await CreateExternal("224.0.1.3", new External { Tag = "D" });

        (await Listed("multicast/tags/T")).ShouldBe(["224.0.1.1", "224.0.1.2"]);
        (await Send("DELETE", "multicast/tags/T")).Status.ShouldBe(204);

        (await Listed()).ShouldBe(["224.0.1.3", "ff04::1"]);
    }

    [Fact, Trait("spec", "switch-dpd/12")]
    public async Task Deleting_by_an_unused_tag_is_fine() =>
        (await Send("DELETE", "multicast/tags/nobody")).Status.ShouldBe(204);

    [Fact]
    public async Task Deleting_by_tag_stops_at_a_referenced_underlay_group_after_the_externals()
    {
        await CreateUnderlay("ff04::1", "T");
        await CreateUnderlay("ff04::2", "T");
        await CreateExternal("224.0.1.1", new External { Tag = "T", Target = "ff04::2" });
        await CreateExternal("224.0.1.2", new External { Tag = "D" });

        (await Send("DELETE", "multicast/tags/T")).Status.ShouldBe(400);

        (await Listed()).ShouldBe(["224.0.1.2", "ff04::1", "ff04::2"]);
    }

    [Theory, Trait("spec", "switch-dpd/31")]
    [InlineData("PUT", "multicast/underlay-groups/ff04::9?tag=t", """{"members":[]}""")]
    [InlineData("PUT", "multicast/external-groups/224.0.1.9?tag=t", """{"internal_forwarding":{},"external_forwarding":{}}""")]
    [InlineData("DELETE", "multicast/groups/224.0.1.9?tag=t", null)]
    public async Task An_unknown_group_is_404_whatever_the_tag(string method, string path, string? body)
    {
        var reply = await Send(method, path, body);

        reply.Status.ShouldBe(404);
        reply.HasErrorCode.ShouldBeTrue();
    }

    [Fact, Trait("spec", "switch-dpd/34")]
    public async Task Tags_are_compared_by_case_and_never_told()
    {
        await CreateUnderlay("ff04::1", "CaseSensitiveTag");

        var refused = await Delete("ff04::1", "casesensitivetag");

        refused.Status.ShouldBe(400);
        refused.Body!.ToJsonString().ShouldNotContain("CaseSensitiveTag");
        (await Listed()).ShouldBe(["ff04::1"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ümlaut")]
    [InlineData("x{81}")]
    public async Task A_malformed_tag_is_refused_and_leaves_nothing(string tag)
    {
        await CreateUnderlay("ff04::1");
        var before = Occupancy();
        var bad = tag == "x{81}" ? new string('x', 81) : tag;

        (await CreateUnderlay("ff04::2", bad)).Status.ShouldBe(400);
        (await CreateExternal("224.0.1.1", new External { Tag = bad, Vlan = 5 })).Status.ShouldBe(400);

        if (Mode == SwitchMode.Faithful)
        {
            return; // K1, K2: the real daemon leaves something, see FaithfulModeTests
        }

        Occupancy().ShouldBe(before);
        (await CreateUnderlay("ff04::2")).Status.ShouldBe(201);
        (await CreateExternal("224.0.1.1", new External { Tag = new string('x', 80) })).Status.ShouldBe(201);
    }

    [Fact, Trait("spec", "switch-dpd/36")]
    public async Task Deleting_all_groups_empties_every_table()
    {
        await CreateUnderlay("ff04::1", members: $"{Out("qsfp1")},{Under("rear1")}");
        await CreateUnderlay("ff04::2", members: Under("rear2"));
        await CreateExternal("224.0.1.1", new External { Vlan = 9 });
        await CreateExternal("ff3e::1", new External { Target = "ff04::2", Sources = Exact("2001:db8::1") });

        (await Send("DELETE", "multicast/groups")).Status.ShouldBe(204);

        (await Listed()).ShouldBeEmpty();
        (await Get("multicast/groups/ff04::1")).Status.ShouldBe(404);
        TableNames.Multicast.ShouldAllBe(t => Switch.Model.Tables[t].Entries.IsEmpty);
    }

    [Fact]
    public async Task Pages_go_on_until_an_empty_one_without_repeating()
    {
        foreach (var i in Enumerable.Range(1, 5))
        {
            await CreateUnderlay($"ff04::{i}");
        }

        List<string> seen = [];
        string? token = null;
        var pages = 0;
        do
        {
            var page = (await Get($"multicast/groups?limit=2{(token is null ? "" : "&page_token=" + token)}")).Body!;
            seen.AddRange(page["items"]!.AsArray().Select(g => g!["group_ip"]!.GetValue<string>()));
            token = page["next_page"]?.GetValue<string>();
            pages++;

            // A deletion between pages neither skips nor repeats (P5).
            if (pages == 1)
            {
                await Delete("ff04::2", "t_u");
            }
        }
        while (token is not null);

        seen.ShouldBe(["ff04::1", "ff04::2", "ff04::3", "ff04::4", "ff04::5"]);
        pages.ShouldBe(4);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=x")]
    [InlineData("limit=-1")]
    [InlineData("page_token=%25")]
    [InlineData("page_token=e30=")]
    public async Task Bad_paging_is_refused(string query) => (await Get($"multicast/groups?{query}")).Status.ShouldBe(400);
}
