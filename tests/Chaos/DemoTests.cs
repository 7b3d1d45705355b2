using System.Globalization;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>The demo as a new user runs it.</summary>
public sealed class DemoTests
{
    private static readonly string[] Ticks = ["cluster", "switches", "sleds", "quorum", "instances", "multicast"];

    // All of it is one process: node, switches, seventeen sleds.
    private const long ResidentBytesMax = 400L << 20;

    // The promise is five seconds (operator-experience 4.2); a machine that does something else beside it may take longer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("spec", "ops/4.2")]
    public async Task The_demo_reaches_every_tick_and_leaves_nothing_behind()
    {
        var port = Ports.Block(120);
        var before = DemoFolders();
        await using var demo = NodeProcess.Start("demo", "--exit-when-ready", "--sleds", "4", "--port", FirstPort(port));

        var exit = await demo.ExitAsync(TimeSpan.FromSeconds(90));

        exit.ShouldBe(0, demo.Output);
        foreach (var tick in Ticks)
        {
            demo.Output.ShouldContain($"✓ {tick}");
        }

        demo.Output.Split('\n').Length.ShouldBeLessThanOrEqualTo(25);
        DemoFolders().Except(before).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "ops/4.2")]
    public async Task The_whole_rack_is_small_and_Ctrl_C_stops_it_and_leaves_nothing_behind()
    {
        var port = Ports.Block(120);
        var before = DemoFolders();
        await using var demo = NodeProcess.Start("demo", "--port", FirstPort(port));
        await demo.PrintedAsync("Try:", TimeSpan.FromSeconds(90));
        demo.ResidentBytes.ShouldBeLessThan(ResidentBytesMax);

        demo.Interrupt();

        (await demo.ExitAsync(s_patience)).ShouldBe(0, demo.Output);
        DemoFolders().Except(before).ShouldBeEmpty();
    }

    [PostgresFact]
    [Trait("spec", "ops/4.2")]
    public async Task Three_nodes_over_a_server_of_their_own_reach_every_tick_and_leave_nothing_behind()
    {
        var port = Ports.Block(520);
        var before = DemoFolders();
        await using var demo = NodeProcess.Start("demo", "--nodes", "3", "--postgres", "temporary", "--sleds", "4", "--port", FirstPort(port));
        await demo.PrintedAsync("Try:", TimeSpan.FromSeconds(120));
        demo.Output.ShouldContain("3 nodes up, PostgreSQL");
        foreach (var tick in Ticks)
        {
            demo.Output.ShouldContain($"✓ {tick}");
        }

        demo.Interrupt();

        (await demo.ExitAsync(s_patience)).ShouldBe(0, demo.Output);
        DemoFolders().Except(before).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "ops/4.2")]
    public async Task Several_nodes_without_a_shared_database_are_refused_with_the_flag_that_is_missing()
    {
        await using var demo = NodeProcess.Start("demo", "--nodes", "3");

        (await demo.ExitAsync(s_patience)).ShouldNotBe(0);

        demo.Output.ShouldContain("--postgres temporary");
    }

    [Fact]
    [Trait("spec", "ops/4.2")]
    public async Task A_port_in_use_is_named_with_the_flag_that_changes_it()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var demo = NodeProcess.Start("demo", "--port", FirstPort(port));

        var exit = await demo.ExitAsync(s_patience);

        exit.ShouldBe(1);
        demo.Output.ShouldContain($"port {port} is in use");
        demo.Output.ShouldContain("--port");
    }

    private static string FirstPort(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string[] DemoFolders() => Directory.GetDirectories(Path.GetTempPath(), "gantry-demo-*");
}
