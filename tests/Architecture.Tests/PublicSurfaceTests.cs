using System.Reflection;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

/// <summary>The libraries that others build on change their public face on purpose only.</summary>
public sealed class PublicSurfaceTests
{
    [Theory]
    [InlineData("Primitives")]
    [InlineData("Actors")]
    [InlineData("Contracts")]
    [InlineData("Devices")]
    [InlineData("Hosting")]
    [InlineData("Api")]
    [InlineData("Client")]
    public void The_public_surface_is_the_one_that_was_reviewed(string project)
    {
        var golden = RepositoryRoot.At("tests", "Architecture.Tests", "api", project + ".txt");

        var surface = PublicSurface.Of(Assembly.Load("Gantry." + project));

        if (Environment.GetEnvironmentVariable("GANTRY_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, surface);
        }

        surface.ShouldBe(File.ReadAllText(golden), "set GANTRY_UPDATE_GOLDEN=1 to accept the change, and say why in the commit");
    }
}
