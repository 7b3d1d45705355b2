using Gantry.Devices;
using Shouldly;

namespace Gantry.Tests;

/// <summary>
/// Every request of the adapter and every answer of the simulator against the published document. The other tests of this folder check
/// their exchanges too, silently where the document is missing; this one says so.
/// </summary>
public sealed class SwitchWireShapeTests : SwitchAdapterTestBase
{
    [SharedFolderFact]
    public async Task Requests_of_the_adapter_and_answers_of_the_simulator_fit_the_document()
    {
        await Port.IdentifiersAsync(None);
        await Port.BackplaneMapAsync(None);
        await Port.CreateUnderlayAsync(UnderlayBody("rear1", "rear31"), None);
        await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
        await Port.SetMembersAsync(Underlay, Tag, [new SwitchMember("qsfp0", 3, SwitchMember.ExternalDirection)], None);
        await Port.CreateExternalAsync(ExternalBody("10.0.0.1"), None);
        await Port.UpdateExternalAsync(ExternalBody() with { VlanId = 9 }, None);
        await Port.GetGroupAsync(Group, None);
        await Port.GetGroupAsync("ff04::9", None);
        await Port.ListGroupsAsync(None);
        await Port.DeleteGroupAsync(Group, Tag, None);
        await Port.ResetTagAsync(Tag, None);
        await Port.ResetAllAsync(None);

        First.Requests.Length.ShouldBeGreaterThanOrEqualTo(14);
        SwitchTestBase.ShouldFit(First.Requests);
    }

    [SharedFolderFact]
    public void A_wrong_shape_is_found()
    {
        var shapes = OpenApiShapes.Load("dpd.json");

        shapes.Request("PUT", "/multicast/underlay-groups/ff04::1", """{"members":[]}""").ShouldHaveSingleItem().ShouldContain("tag");
        shapes.Request("POST", "/multicast/underlay-groups", """{"group_ip":"ff04::1"}""").ShouldHaveSingleItem().ShouldContain("members");
        shapes.Value("MacAddr", """{"a":[1,2,3]}""").ShouldHaveSingleItem().ShouldContain("below 6");
        shapes.Value("IpSrc", "\"Some\"").ShouldNotBeEmpty();
        shapes.Value("IpSrc", """{"Exact":"10.0.0.1"}""").ShouldBeEmpty();
        shapes.Answer("GET", "/dpd-uptime", 200, "\"1\"").ShouldNotBeEmpty();
    }
}
