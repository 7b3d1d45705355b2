using System.Net;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>Instances from creation to deletion, over the real engine and real HTTP to simulated sleds.</summary>
public sealed class InstanceLifeTests
{
    [Fact]
    [Trait("spec", "vmm/1")]
    public async Task A_created_instance_starts_and_runs_once_its_VMM_does()
    {
        await using var lab = await InstanceLab.StartAsync(mode: SledModes.Explicit);

        var (id, outcome) = await lab.CreateAsync();

        outcome.ShouldBeOfType<Outcome<Done>.Accepted>();
        var first = (await lab.RowAsync(id)).ShouldNotBeNull();
        first.RunState.ShouldBe(RunStates.Starting);
        await lab.PokeAsync(first.ActiveVmm!.Value);
        await lab.ShowsAsync(id, RunStates.Running);
        (await lab.RowAsync(id))!.TimeRunStateUpdated.ShouldBeGreaterThan(first.TimeRunStateUpdated);
        (await lab.CpusChargedAsync()).ShouldBe((2, 2));
        (await lab.ThreadsReservedAsync()).ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "vmm/34")]
    public async Task A_stopped_instance_holds_nothing_and_can_be_deleted_a_running_one_cannot()
    {
        await using var lab = await InstanceLab.StartAsync();
        var id = await lab.RunningAsync();
        RefusalOf(await lab.Service.DeleteAsync(id, lab.How(), InstanceLab.Ct)).Kind.ShouldBe(RefusalKind.InvalidRequest);

        (await lab.Service.StopAsync(id, lab.How(), InstanceLab.Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();
        (await lab.RowAsync(id))!.RunState.ShouldBeOneOf(RunStates.Stopping, RunStates.Stopped);
        await lab.ShowsAsync(id, RunStates.Stopped);
        await lab.NothingIsLeftAsync();

        (await lab.Service.DeleteAsync(id, lab.How(), InstanceLab.Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();
        (await lab.RowAsync(id)).ShouldBeNull();
        RefusalOf(await lab.Service.StopAsync(id, lab.How(), InstanceLab.Ct)).Kind.ShouldBe(RefusalKind.NotFound);
        RefusalOf(await lab.Service.DeleteAsync(id, lab.How(), InstanceLab.Ct)).Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    [Trait("spec", "vmm/8")]
    public async Task After_a_clean_stop_the_instance_is_stopped_and_the_sled_has_forgotten_the_VMM()
    {
        await using var lab = await InstanceLab.StartAsync(mode: SledModes.Explicit);
        var (id, _) = await lab.CreateAsync();
        var vmm = (await lab.RowAsync(id))!.ActiveVmm!.Value;
        await lab.PokeAsync(vmm);
        await lab.ShowsAsync(id, RunStates.Running);

        await lab.Service.StopAsync(id, lab.How(), InstanceLab.Ct);
        await lab.ShowsAsync(id, RunStates.Stopping);
        await lab.PokeAsync(vmm);

        await lab.ShowsAsync(id, RunStates.Stopped);
        await Eventually.HoldsAsync(async () => await StatusAsync(lab, vmm) == HttpStatusCode.NotFound, InstanceLab.Patience);
    }

    [Fact]
    [Trait("spec", "vmm/38")]
    public async Task A_starting_instance_can_be_rebooted()
    {
        await using var lab = await InstanceLab.StartAsync(mode: SledModes.Explicit);
        var (id, _) = await lab.CreateAsync();
        var vmm = (await lab.RowAsync(id))!.ActiveVmm!.Value;

        var outcome = await lab.Service.RebootAsync(id, lab.How(), InstanceLab.Ct);

        outcome.ShouldBeOfType<Outcome<Done>.Accepted>();
        await lab.PokeAsync(vmm);
        await lab.ShowsAsync(id, RunStates.Running);
        (await lab.RowAsync(id))!.ActiveVmm.ShouldBe(vmm, "a reboot keeps its VMM");
    }

    [Fact]
    [Trait("spec", "vmm/39")]
    public async Task A_start_whose_registration_fails_leaves_nothing_behind()
    {
        await using var lab = await InstanceLab.StartAsync();
        var (id, _) = await lab.CreateAsync(start: false);
        await lab.FaultAsync(new { kind = "status", match = new { method = "PUT", path = "/vmms/*" }, @params = new { status = 500 } });

        var outcome = await lab.StartInstanceAsync(id);

        RefusalOf(outcome).Kind.ShouldBe(RefusalKind.Bug, "500 to the caller");
        (await lab.RowAsync(id))!.RunState.ShouldBe(RunStates.Stopped);
        await lab.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_registration_whose_answer_is_lost_is_taken_back_on_the_sled()
    {
        await using var lab = await InstanceLab.StartAsync();
        var (id, _) = await lab.CreateAsync(start: false);
        await lab.FaultAsync(new { kind = "drop_after_apply", match = new { method = "PUT", path = "/vmms/*" }, count = 1 });
        var vmm = VmmId.From(SystemRandomSource.Instance.NewGuid());

        var outcome = await lab.Service.StartAsync((await lab.RowAsync(id))!, vmm, lab.How(), InstanceLab.Ct);

        RefusalOf(outcome).Code.ShouldBe("SledFault");
        (await StatusAsync(lab, vmm)).ShouldBe(HttpStatusCode.NotFound);
        await lab.NothingIsLeftAsync();
    }

    [Fact]
    [Trait("spec", "vmm/40")]
    public async Task A_start_needs_a_sled_with_room()
    {
        await using var lab = await InstanceLab.StartAsync(sleds: 2);
        await lab.RunningAsync(cpus: 10);
        await lab.RunningAsync(cpus: 10);
        var (large, created) = await lab.CreateAsync(cpus: 8);

        created.ShouldBeOfType<Outcome<Done>.Accepted>("a failed start does not fail the creation");
        (await lab.RowAsync(large))!.RunState.ShouldBe(RunStates.Stopped);
        RefusalOf(await lab.StartInstanceAsync(large)).Kind.ShouldBe(RefusalKind.InsufficientCapacity);
        await lab.RunningAsync(cpus: 6);
    }

    [Fact]
    [Trait("spec", "vmm/41")]
    public async Task No_VMM_is_placed_on_a_sled_that_takes_none()
    {
        await using var lab = await InstanceLab.StartAsync(sleds: 2);
        var closed = SledId.From(lab.Simulator.Sleds[0].Id);
        await lab.Engine.MustAsync(Addresses.Sled(closed), new SetProvisionPolicy("non_provisionable"));

        for (var i = 0; i < 3; i++)
        {
            var id = await lab.RunningAsync();
            (await lab.RowAsync(id))!.Sled.ShouldBe(SledId.From(lab.Simulator.Sleds[1].Id));
        }
    }

    [Fact]
    [Trait("spec", "vmm/45")]
    public async Task Two_starts_at_once_make_one_VMM()
    {
        await using var lab = await InstanceLab.StartAsync(sleds: 2);
        var (id, _) = await lab.CreateAsync(start: false);

        var outcomes = await Task.WhenAll(lab.StartInstanceAsync(id), lab.StartInstanceAsync(id));

        outcomes.Count(o => o is Outcome<Done>.Accepted).ShouldBeGreaterThanOrEqualTo(1);
        outcomes.OfType<Outcome<Done>.Refused>().ShouldAllBe(r => r.Why.Kind == RefusalKind.Conflict);
        await lab.ShowsAsync(id, RunStates.Running);
        await Eventually.HoldsAsync(async () => (await lab.VmmsAsync()).Length == 1, InstanceLab.Patience);
        (await lab.ThreadsReservedAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_start_over_the_quota_is_refused_and_undone()
    {
        await using var lab = await InstanceLab.StartAsync(cpusMax: 3);
        var first = await lab.RunningAsync(cpus: 2);
        var (second, _) = await lab.CreateAsync(cpus: 2, start: false);

        RefusalOf(await lab.StartInstanceAsync(second)).Code.ShouldBe("QuotaExceeded");

        (await lab.RowAsync(second))!.RunState.ShouldBe(RunStates.Stopped);
        await Eventually.HoldsAsync(async () => (await lab.VmmsAsync()).Length == 1, InstanceLab.Patience);
        (await lab.CpusChargedAsync()).ShouldBe((2, 2));
        (await lab.RowAsync(first))!.RunState.ShouldBe(RunStates.Running);
    }

    [Fact]
    [Trait("spec", "vmm/28")]
    public async Task Stopping_a_VMM_that_its_sled_lost_makes_the_instance_failed_before_the_answer()
    {
        await using var lab = await InstanceLab.StartAsync();
        var id = await lab.RunningAsync();
        lab.PauseWatcher(); // which could find it first
        await lab.Simulator.Sleds[0].RestartAsync();

        var outcome = await lab.Service.StopAsync(id, lab.How(), InstanceLab.Ct);

        RefusalOf(outcome).Kind.ShouldBe(RefusalKind.MachineGone);
        (await lab.RowAsync(id))!.RunState.ShouldBe(RunStates.Failed);
        await lab.NothingIsLeftAsync();
    }

    [Fact]
    [Trait("spec", "vmm/29")]
    public async Task A_sled_that_answers_500_to_a_reboot_leaves_the_instance_running()
    {
        await using var lab = await InstanceLab.StartAsync();
        var id = await lab.RunningAsync();
        await lab.FaultAsync(new { kind = "status", match = new { method = "PUT", path = "/vmms/*" }, @params = new { status = 500 } });

        RefusalOf(await lab.Service.RebootAsync(id, lab.How(), InstanceLab.Ct)).Kind.ShouldBe(RefusalKind.Bug);

        (await lab.RowAsync(id))!.RunState.ShouldBe(RunStates.Running);
    }

    [Theory]
    [InlineData(404, "NO_SUCH_INSTANCE", true)]
    [InlineData(404, null, false)]
    [InlineData(410, "NO_SUCH_INSTANCE", false)]
    [InlineData(500, null, false)]
    [Trait("spec", "vmm/13")]
    [Trait("spec", "vmm/15")]
    [Trait("spec", "vmm/16")]
    public async Task A_pull_fails_a_VMM_on_one_answer_only(int status, string? code, bool isFailed)
    {
        await using var lab = await InstanceLab.StartAsync();
        var id = await lab.RunningAsync();
        var vmm = (await lab.RowAsync(id))!.ActiveVmm!.Value;
        await lab.FaultAsync(new { kind = "status", match = new { method = "GET", path = $"/vmms/{vmm}/state" }, @params = new { status, error_code = code } });

        var before = lab.Metrics.PullCount;
        await lab.Bell.RingAsync(vmm, InstanceLab.Ct);

        if (isFailed)
        {
            await lab.ShowsAsync(id, RunStates.Failed);
            return;
        }

        // The ring's pull and its three retries, and the watcher beside them.
        await Eventually.HoldsAsync(() => lab.Metrics.PullCount >= before + 4, InstanceLab.Patience);
        (await lab.RowAsync(id))!.RunState.ShouldBe(RunStates.Running);
    }

    [Fact]
    public async Task A_name_is_used_once_in_a_project_and_is_free_again_after_the_deletion()
    {
        await using var lab = await InstanceLab.StartAsync();
        var (id, _) = await lab.CreateAsync(start: false, name: "db");

        RefusalOf((await lab.CreateAsync(start: false, name: "db")).Outcome).Kind.ShouldBe(RefusalKind.AlreadyExists);

        await lab.Service.DeleteAsync(id, lab.How(), InstanceLab.Ct);
        (await lab.CreateAsync(start: false, name: "db")).Outcome.ShouldBeOfType<Outcome<Done>.Accepted>();
        await Eventually.HoldsAsync(
            async () => (await lab.Engine.RowAsync(TenancyViews.Projects, InstanceLab.Project.ToString()))!.InstanceCount == 1, InstanceLab.Patience);
    }

    private static async Task<HttpStatusCode> StatusAsync(InstanceLab lab, VmmId vmm)
    {
        using var answer = await lab.GetStateAsync(vmm);
        return answer.StatusCode;
    }

    private static Refusal RefusalOf(Outcome<Done> outcome) => outcome.ShouldBeOfType<Outcome<Done>.Refused>().Why;
}
