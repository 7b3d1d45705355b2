using Gantry.Actors;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Wire;

/// <summary>What one decision covers: the kinds of the areas, and that everything between two of them is a message (engine 7.2).</summary>
[Trait("spec", "engine/7.2")]
public sealed class KindTableTests
{
    [Theory]
    [InlineData("Inventory", "rack", "sled", "switch")]
    [InlineData("Tenancy", "silo", "project", "user")]
    [InlineData("Multicast", "ip-pool", "multicast-group", "instance-multicast", "switch-config")]
    [InlineData("Instances", "instance", "vmm")]
    [InlineData("TrustQuorum", "tq-config")]
    public async Task Each_area_has_its_kinds_and_decides_them_itself(string area, params string[] kinds)
    {
        await using var services = WireGoldenTests.Services();

        var registered = services.GetServices<AreaModule>().SelectMany(m => m.Kinds).ToDictionary(k => k.Name, StringComparer.Ordinal);

        foreach (var kind in kinds)
        {
            registered.ShouldContainKey(kind);
            registered[kind].StateType.Assembly.GetName().Name.ShouldBe($"Gantry.{area}");
        }
    }
}
