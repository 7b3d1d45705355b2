using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Transport rules, versions and bad input (switch-dpd 2.1, 4).</summary>
public class TransportTests : SwitchTestBase
{
    [Theory]
    [InlineData(null, 400)]
    [InlineData("thirteen", 400)]
    [InlineData("14.0.0", 400)]
    [InlineData("13.0.1", 400)]
    [InlineData("13.0.0", 200)]
    [InlineData("13.0.0-rc1", 200)]
    [InlineData("8.0.0", 200)]
    [InlineData("2.5.0", 200)]
    public async Task The_version_is_checked_before_anything_else(string? version, int status)
    {
        (await Send("GET", "dpd-uptime", version: version)).Status.ShouldBe(status);
        (await Send("GET", "no/such/path", version: version)).Status.ShouldBe(status == 200 ? 404 : 400);
    }

    [Fact]
    public async Task A_known_path_with_another_method_is_405()
    {
        var reply = await Send("PATCH", "multicast/groups");

        reply.Status.ShouldBe(405);
        reply.Allow.ShouldBe(["GET", "DELETE"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        var members = string.Join(',', Enumerable.Repeat(Under("rear1"), 200));

        var reply = await CreateUnderlay("ff04::1", members: members);

        reply.Status.ShouldBe(400);
        reply.Message.ShouldContain("maximum size");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"group_ip":"ff04::1"}""")]
    [InlineData("""{"group_ip":"ff04::1","members":[]} x""")]
    [InlineData("""{"group_ip":7,"members":[]}""")]
    [InlineData("""{"group_ip":"[ff04::1]","members":[]}""")]
    [InlineData("""{"group_ip":"ff04::1","members":[{"port_id":"rear32","link_id":0,"direction":"Underlay"}]}""")]
    [InlineData("""{"group_ip":"ff04::1","members":[{"port_id":"rear1","link_id":256,"direction":"Underlay"}]}""")]
    [InlineData("""{"group_ip":"ff04::1","members":[{"port_id":"rear1","link_id":0,"direction":"underlay"}]}""")]
    public async Task A_malformed_body_is_refused(string body) =>
        (await Send("POST", "multicast/underlay-groups", body)).Status.ShouldBe(400);

    [Fact]
    public async Task Garbage_of_any_kind_is_answered_and_changes_nothing()
    {
        const int Inputs = 500;
        const int Seed = 20261121;
        var dice = new Random(Seed);
        const string Letters = "{}[]\":,0129afr.:-ul\\ \n";
        await CreateUnderlay("ff04::1");
        var groups = Switch.Model.Groups;

        for (var i = 0; i < Inputs; i++)
        {
            var body = new string([.. Enumerable.Range(0, dice.Next(60)).Select(_ => Letters[dice.Next(Letters.Length)])]);
            var request = new SimRequest
            {
                Method = dice.Next(2) == 0 ? "POST" : "PUT",
                Path = dice.Next(2) == 0 ? "/multicast/external-groups" : "/multicast/underlay-groups/ff04::1",
                Query = new Dictionary<string, string>(StringComparer.Ordinal) { ["tag"] = "t_u" },
                ApiVersion = "13.0.0",
                Body = System.Text.Encoding.UTF8.GetBytes(body),
                Now = default,
                NewId = Guid.Empty,
            };

            var (state, answer) = SwitchModel.Step(Switch.Model, request);

            answer.Status.ShouldBeInRange(400, 405, $"input {i} of seed {Seed}: {body}");
            state.Groups.ShouldBeSameAs(groups);
        }
    }

    [Fact]
    public async Task Untagged_groups_are_gone_since_version_8()
    {
        (await Send("DELETE", "multicast/untagged")).Status.ShouldBe(410);
        (await Send("DELETE", "multicast/untagged", version: "7.0.0")).Status.ShouldBe(204);
    }
}
