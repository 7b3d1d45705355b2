using System.Reflection;
using Gantry.Actors;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

public sealed class WireNameTests
{
    [Fact]
    [Trait("spec", "engine/2.6")]
    public void Every_tag_is_lower_case_and_belongs_to_one_type_per_version()
    {
        var tagged = Directory.EnumerateFiles(AppContext.BaseDirectory, "Gantry.*.dll")
            .Select(f => Assembly.Load(Path.GetFileNameWithoutExtension(f)))
            .SelectMany(a => a.GetTypes())
            .Select(t => (Type: t, Wire: t.GetCustomAttribute<WireAttribute>()))
            .Where(t => t.Wire is not null)
            .ToList();

        tagged.ShouldNotBeEmpty();
        tagged.Where(t => t.Wire!.Tag.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_')))
            .Select(t => t.Type.Name).ShouldBeEmpty();
        tagged.GroupBy(t => (t.Wire!.Tag, t.Wire.Version)).Where(g => g.Count() > 1).Select(g => g.Key.Tag).ShouldBeEmpty();
    }
}
