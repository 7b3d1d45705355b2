using System.Net;
using Gantry.Sled;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class ManagementGatewayTests
{
    [Fact]
    public async Task Gateway_lists_sleds_and_switches_and_shows_one()
    {
        await using var lab = await SledLab.StartAsync();
        using var metrics = new AdapterMetrics();
        await using var ports = new ServiceProcessorPorts(new SledAdapterHooks(), metrics, TimeProvider.System, NullLoggerFactory.Instance);

        (await ports.For(lab.Simulator.Gateway!).ListAsync(CancellationToken.None)).Value().ShouldBe(
        [
            new ServiceProcessorState("sled", 5, "sim-gimlet", "BRM5", "A0"),
            new ServiceProcessorState("switch", 0, "sim-sidecar", "SW0", "A0"),
            new ServiceProcessorState("switch", 1, "sim-sidecar", "SW1", "A0"),
        ]);
        (await lab.Raw.GetStringAsync(new Uri(lab.Simulator.Gateway!, "sp/sled/5"))).ShouldContain("BRM5");
        (await lab.Raw.GetAsync(new Uri(lab.Simulator.Gateway!, "sp/sled/6"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await lab.Raw.GetAsync(new Uri(lab.Simulator.Gateway!, "sp/fan/6"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Gateway_that_refuses_is_unreachable()
    {
        await using var lab = await SledLab.StartAsync();
        using var metrics = new AdapterMetrics();
        await using var ports = new ServiceProcessorPorts(new SledAdapterHooks(), metrics, TimeProvider.System, NullLoggerFactory.Instance);
        await lab.FaultAsync("""{"kind":"refuse"}""", "gateway");

        (await ports.For(lab.Simulator.Gateway!).ListAsync(CancellationToken.None))
            .ShouldBeOfType<DeviceOutcome<System.Collections.Immutable.ImmutableArray<ServiceProcessorState>>.Unreachable>();
    }
}
