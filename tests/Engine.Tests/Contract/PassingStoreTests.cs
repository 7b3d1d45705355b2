using Gantry.Actors.Storage;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

/// <summary>The base of the stores that tests wrap around others.</summary>
[Trait("spec", "engine/3.1")]
public sealed class PassingStoreTests
{
    [Fact]
    public void Every_member_of_the_port_is_passed_on_those_with_a_default_body_too()
    {
        var map = typeof(PassingStore).GetInterfaceMap(typeof(IActorStore));

        map.TargetMethods.Where(m => m.DeclaringType != typeof(PassingStore)).Select(m => m.Name).ShouldBeEmpty();
    }
}
