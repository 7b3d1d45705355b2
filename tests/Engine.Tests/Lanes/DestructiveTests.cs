using Gantry.Actors;
using Gantry.Engine.Tests.Running;
using Gantry.Primitives;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>The lane looks at the caller of a destructive command once more before it is decided (engine 10.5).</summary>
[Trait("spec", "engine/10.5")]
public sealed class DestructiveTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(PrincipalKind.User, null, false)]
    [InlineData(PrincipalKind.User, "viewer", false)]
    [InlineData(PrincipalKind.User, "operator", false)]
    [InlineData(PrincipalKind.User, "owner of it all", false)]
    [InlineData(PrincipalKind.User, "admin", true)]
    [InlineData(PrincipalKind.Device, "admin", false)]
    [InlineData(PrincipalKind.Reconciler, null, true)]
    [InlineData(PrincipalKind.Entity, null, true)]
    [InlineData(PrincipalKind.Host, null, true)]
    [InlineData(PrincipalKind.Engine, null, true)]
    public async Task A_destructive_command_is_decided_for_those_who_may_and_for_nobody_else(PrincipalKind kind, string? role, bool may)
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        var at = LedgerArea.At("a");
        await engine.MustAsync(at, new TakeName("blue"));

        var outcome = await engine.AskAsync(at, new DropName("blue"), caller: new Principal(kind, "x", role));

        (await engine.RowAsync(LedgerArea.View, "a"))!.Name.ShouldBe(may ? "" : "blue"); // it was made above
        if (may)
        {
            outcome.ShouldBeOfType<Outcome<Done>.Accepted>();
        }
        else
        {
            var why = outcome.ShouldBeOfType<Outcome<Done>.Refused>().Why;
            (why.Kind, why.Code).ShouldBe((RefusalKind.Forbidden, "RoleTooLow"));
            why.Message.ShouldContain("test.ledger.drop-name");
        }
    }

    [Fact]
    public async Task Where_the_role_is_one_on_a_project_users_pass_and_devices_do_not()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        var at = LedgerArea.At("a");
        await engine.MustAsync(at, new SetAlarm("x", TimeSpan.FromHours(1), 1));

        var device = await engine.AskAsync(at, new StopAlarm("x"), caller: new Principal(PrincipalKind.Device, "sled/1"));
        var user = await engine.AskAsync(at, new StopAlarm("x"), caller: new Principal(PrincipalKind.User, "u1"));

        device.ShouldBeOfType<Outcome<Done>.Refused>().Why.Kind.ShouldBe(RefusalKind.Forbidden);
        user.ShouldBeOfType<Outcome<Done>.Accepted>();
    }

    [Fact]
    public async Task Mail_of_an_entity_passes_whoever_asked_that_entity()
    {
        await using var engine = await EngineHarness.StartAsync(LedgerArea.Module);
        await engine.MustAsync(LedgerArea.At("a"), new TakeName("blue"));

        var asked = await engine.AskAsync(LedgerArea.At("b"), new DropFor(LedgerArea.At("a"), "blue"), caller: new Principal(PrincipalKind.User, "u1", "viewer"));

        asked.ShouldBeOfType<Outcome<Done>.Accepted>();
        await Eventually.HoldsAsync(async () => (await engine.RowAsync(LedgerArea.View, "a"))!.Name == "", Soon);
    }

    [Fact]
    public async Task An_ask_that_was_passed_on_by_another_node_is_judged_by_its_own_caller()
    {
        await using var cluster = await RunningCluster.StartAsync("a", "b");
        var at = cluster.LedgerAt(cluster.Nodes[0]);
        var other = cluster.Nodes[1];
        await other.MustAsync(at, new TakeName("blue"));

        var refused = await AskAsync("operator");
        var accepted = await AskAsync("admin");

        refused.ShouldBeOfType<Outcome<Done>.Refused>().Why.Kind.ShouldBe(RefusalKind.Forbidden);
        accepted.ShouldBeOfType<Outcome<Done>.Accepted>();

        ValueTask<Outcome<Done>> AskAsync(string role) => other.Engine.Entities.AskAsync(
            at,
            new DropName("blue"),
            new AskOptions { Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = Soon, Caller = new Principal(PrincipalKind.User, "u1", role) },
            CancellationToken.None);
    }
}
