using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Tenancy;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests;

/// <summary>What takes something away for good is declared so, and who may is looked at once more behind the gateway (engine 10.5).</summary>
[Trait("spec", "engine/10.5")]
public sealed partial class DestructiveCommandTests
{
    private static readonly Principal Operator = new(PrincipalKind.User, "u1", "operator");
    private static readonly Principal Admin = new(PrincipalKind.User, "u2", "admin");

    /// <summary>What the gateway asks a fleet admin for.</summary>
    public static TheoryData<Type> ForFleetAdmins =>
    [
        typeof(PoolCommand.Delete), typeof(PoolCommand.RemoveRange), typeof(PoolCommand.Unlink), typeof(DeleteSilo), typeof(ExpungeSled), typeof(SetSledState),
        typeof(RetireSled), typeof(RemoveSled), typeof(AbortLatest), typeof(RemoveSaga),
    ];

    [Theory]
    [MemberData(nameof(ForFleetAdmins))]
    public void What_is_gone_for_the_whole_fleet_needs_its_admin(Type what)
    {
        Destruction.WhyNot(what, Operator)!.Kind.ShouldBe(RefusalKind.Forbidden); // an operator may not
        Destruction.WhyNot(what, Admin).ShouldBeNull();
        Destruction.WhyNot(what, Principal.Entity(new EntityAddress("saga.sled-remove", "1"))).ShouldBeNull();
    }

    [Fact]
    public void Commands_that_delete_are_declared_destructive_in_every_area()
    {
        Assembly[] areas =
        [
            typeof(PoolCommand).Assembly, typeof(DeleteSilo).Assembly, typeof(ExpungeSled).Assembly, typeof(DeleteInstance).Assembly, typeof(AbortLatest).Assembly,
            typeof(RetireSled).Assembly,
        ];
        var deleting = areas.SelectMany(a => a.GetTypes()).Where(t =>
            t.GetCustomAttribute<WireAttribute>() is { } wire
            && Deleting().IsMatch(wire.Tag)
            && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICommand<>))).ToList();

        deleting.Count.ShouldBeGreaterThan(15);
        deleting.Where(t => t.GetCustomAttribute<DestructiveAttribute>() is null).ShouldBeEmpty();
        deleting.ShouldAllBe(t => Destruction.WhyNot(t, new Principal(PrincipalKind.Device, "sled/1"))!.Kind == RefusalKind.Forbidden);
    }

    [Fact]
    public void A_saga_that_removes_a_sled_is_begun_by_an_admin_and_its_steps_by_nobody()
    {
        var runner = SagaKind.Define<RemoveSaga, RemoveData>(InstancesJson.Default.RemoveData).Runner;

        var begun = runner.Meaning(new Gantry.Actors.StartSaga(default(JsonElement)));

        Destruction.WhyNot(begun, Operator)!.Kind.ShouldBe(RefusalKind.Forbidden); // an operator may not
        Destruction.WhyNot(begun, Admin).ShouldBeNull();
        Destruction.WhyNot(runner.Meaning(new ReadSaga()), Operator).ShouldBeNull();
    }

    [GeneratedRegex(@"\.(delete|expunge|retire|end|abort-latest|unlink|remove-range|remove-sled|release-sled|revoke-.+)$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Deleting();
}
