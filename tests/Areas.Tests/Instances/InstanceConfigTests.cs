using Gantry.Actors;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

public sealed class InstanceConfigTests
{
    [Theory]
    [InlineData("creating", true)]
    [InlineData("stopped", true)]
    [InlineData("failed", true)]
    [InlineData("failed-linked", false)]
    [InlineData("starting", false)]
    [InlineData("running", false)]
    [InlineData("stopping", false)]
    [InlineData("rebooting", false)]
    [InlineData("migrating", false)]
    [Trait("spec", "vmm/46")]
    public void Memory_changes_only_without_a_VMM_and_the_restart_policy_always(string shown, bool isAllowed)
    {
        var instance = InstanceBench.Showing(shown);
        var bigger = new ConfigureInstance(InstanceBench.Config with { MemoryBytes = 8L << 30, AutoRestartPolicy = "never" }, null);

        var decision = InstanceBench.Decide(instance, bigger);
        var policyOnly = InstanceBench.Decide(instance, new ConfigureInstance(InstanceBench.Config with { AutoRestartPolicy = "never" }, null));

        (decision.Reply is Reply.Accepted).ShouldBe(isAllowed);
        if (!isAllowed)
        {
            decision.Reply.ShouldBeOfType<Reply.Refused>().Why.Kind.ShouldBe(RefusalKind.Conflict);
        }

        policyOnly.Reply.ShouldBeOfType<Reply.Accepted>();
        policyOnly.Fold(instance, InstanceDecider.Apply).Generation.ShouldBe(instance.Generation + 1);
    }

    [Fact]
    public void What_is_stored_already_is_accepted_and_leaves_the_generation() =>
        InstanceBench.Decide(InstanceBench.Showing("running"), new ConfigureInstance(InstanceBench.Config, null)).Events.ShouldBeEmpty();

    [Theory]
    [InlineData(0, 1, "CpuCountInvalid")]
    [InlineData(1, 1, null)]
    [InlineData(254, 1536, null)]
    [InlineData(255, 1, "CpuCountInvalid")]
    [InlineData(1, 0, "MemoryInvalid")]
    [InlineData(1, 1537, "MemoryInvalid")]
    public void Limits_hold_at_their_edges(int cpus, long gib, string? code) => Create(new InstanceConfig(cpus, gib << 30, "h")).ShouldBe(code);

    [Theory]
    [InlineData("web-1.example", null)]
    [InlineData("WEB", null)]
    [InlineData("", "HostnameInvalid")]
    [InlineData("-a", "HostnameInvalid")]
    [InlineData("a-", "HostnameInvalid")]
    [InlineData("a..b", "HostnameInvalid")]
    [InlineData("a_b", "HostnameInvalid")]
    public void Host_names_are_those_of_RFC_1035(string hostname, string? code) => Create(new InstanceConfig(1, 1L << 30, hostname)).ShouldBe(code);

    [Fact]
    public void Memory_is_a_whole_number_of_GiB() => Create(new InstanceConfig(1, (1L << 30) + 1, "h")).ShouldBe("MemoryInvalid");

    [Fact]
    public void Words_outside_the_lists_are_refused()
    {
        Create(new InstanceConfig(1, 1L << 30, "h") { AutoRestartPolicy = "always" }).ShouldBe("RestartPolicyInvalid");
        Create(new InstanceConfig(1, 1L << 30, "h") { CpuPlatform = "z80" }).ShouldBe("CpuPlatformInvalid");
    }

    [Theory]
    [InlineData(null, "amd_turin_dense", true, "amd_milan")]
    [InlineData(null, "unknown", true, "sled_default")]
    [InlineData("amd_milan", "amd_milan", true, "amd_milan")]
    [InlineData("amd_milan", "amd_turin", true, "amd_milan")]
    [InlineData("amd_milan", "amd_turin_dense", false, "amd_milan")]
    [InlineData("amd_turin", "amd_milan", false, "amd_turin")]
    [InlineData("amd_turin_v2", "amd_turin", true, "amd_turin_v2")]
    public void The_platform_says_where_an_instance_starts(string? wanted, string family, bool mayStart, string platform)
    {
        CpuPlatforms.MayStart(wanted, family).ShouldBe(mayStart);
        CpuPlatforms.OfVmm(wanted, family).ShouldBe(platform);
    }

    private static string? Create(InstanceConfig config) => InstanceBench.Decide(
        InstanceDecider.Initial,
        new CreateInstance(InstanceBench.Project, InstanceBench.Silo, "web-1", "", config, Start: false)).CodeOf();
}
