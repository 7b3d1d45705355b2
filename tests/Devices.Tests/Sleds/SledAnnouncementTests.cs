using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class SledAnnouncementTests
{
    [Fact]
    public async Task Sled_that_was_never_registered_sends_generation_1_with_what_it_is()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);

        var sent = plane.Posts.Single();
        sent.GetProperty("generation").GetInt64().ShouldBe(1);
        sent.GetProperty("sa_address").GetString().ShouldBe(lab.Sled.Address.Authority);
        sent.GetProperty("baseboard").GetProperty("serial").GetString().ShouldBe("BRM5");
        sent.GetProperty("decommissioned").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Sled_tries_until_the_control_plane_is_there_and_takes_it()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        plane.PostStatus = 503;
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await Eventually.HoldsAsync(() => plane.Posts.Count >= 2, SledLab.Patience);
        await plane.CloseAsync();
        plane.PostStatus = 204;
        await plane.OpenAsync();

        await lab.Sled.Registered.WaitAsync(SledLab.Patience);
    }

    [Fact]
    public async Task Sled_turns_to_the_next_node_of_the_control_plane_when_one_is_gone_or_not_ready()
    {
        await using var gone = await ControlPlaneDouble.StartAsync();
        await using var unready = await ControlPlaneDouble.StartAsync();
        await using var plane = await ControlPlaneDouble.StartAsync();
        var address = gone.Address;
        await gone.CloseAsync();
        unready.GetStatus = 503;

        await using var lab = await SledLab.StartAsync(controlPlanes: [address, unready.Address, plane.Address]);
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);

        plane.Posts.Count.ShouldBe(1);
        unready.Posts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Restarted_sled_sends_nothing_when_nothing_differs_else_the_stored_generation_plus_one()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);
        var first = plane.Posts.Single().GetRawText();

        plane.Stored = first.Replace("\"generation\":1", "\"generation\":7");
        await lab.Sled.RestartAsync();
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);
        plane.Posts.Count.ShouldBe(1);

        plane.Stored = plane.Stored.Replace("\"usable_hardware_threads\":32", "\"usable_hardware_threads\":8");
        await lab.Sled.RestartAsync();
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);
        plane.Posts.Last().GetProperty("generation").GetInt64().ShouldBe(8);
    }

    [Fact]
    public async Task Decommissioned_sled_stops_for_good()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);
        plane.Stored = plane.Posts.Single().GetRawText()
            .Replace("\"decommissioned\":false", "\"decommissioned\":true").Replace("\"revision\":3", "\"revision\":9");

        await lab.Sled.RestartAsync();
        await lab.Sled.Registered.WaitAsync(SledLab.Patience);

        plane.Posts.Count.ShouldBe(1);
    }
}
