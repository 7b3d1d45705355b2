using Gantry.Instances;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

public sealed class RunStateTests
{
    [Theory]
    [InlineData("creating", false, null, "creating")]
    [InlineData("no_vmm", false, null, "stopped")]
    [InlineData("failed", false, null, "failed")]
    [InlineData("destroyed", false, null, "destroyed")]
    [InlineData("vmm", false, "creating", "starting")]
    [InlineData("vmm", false, "starting", "starting")]
    [InlineData("vmm", false, "running", "running")]
    [InlineData("vmm", false, "stopping", "stopping")]
    [InlineData("vmm", false, "stopped", "stopping")]
    [InlineData("vmm", false, "destroyed", "stopping")]
    [InlineData("vmm", false, "failed", "stopping")]
    [InlineData("vmm", false, "rebooting", "rebooting")]
    [InlineData("vmm", false, "migrating", "migrating")]
    [InlineData("vmm", false, "saga_unwound", "failed")]
    [InlineData("vmm", false, null, "stopped")]
    [InlineData("vmm", true, null, "stopped")]
    [InlineData("no_vmm", false, "running", "stopped")]
    [InlineData("failed", true, "running", "failed")]
    public void The_table_of_external_states(string state, bool isMigrating, string? vmm, string seen) =>
        RunState.Of(state, isMigrating, vmm).ShouldBe(seen);

    [Theory]
    [InlineData("creating")]
    [InlineData("starting")]
    [InlineData("running")]
    [InlineData("stopping")]
    [InlineData("stopped")]
    [InlineData("rebooting")]
    [InlineData("migrating")]
    [InlineData("failed")]
    [InlineData("destroyed")]
    [InlineData("saga_unwound")]
    public void A_migration_shows_whatever_the_VMM_does(string vmm) => RunState.Of("vmm", isMigrating: true, vmm).ShouldBe("migrating");
}
