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
        var tagged = Tagged();

        tagged.ShouldNotBeEmpty();
        tagged.Where(t => t.Wire.Tag.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_')))
            .Select(t => t.Type.Name).ShouldBeEmpty();
        tagged.GroupBy(t => (t.Wire.Tag, t.Wire.Version)).Where(g => g.Count() > 1).Select(g => g.Key.Tag).ShouldBeEmpty();
    }
    [Fact]
    [Trait("spec", "engine/2.6")]
    public void No_second_version_is_written_before_the_wire_level_was_raised() =>
        Tagged().Where(t => t.Wire.Version > MemberProfile.ReleaseWireLevel).Select(t => $"{t.Type.Name} ({t.Wire.Tag} version {t.Wire.Version})")
            .ShouldBeEmpty("a node of the release before cannot read it: raise MemberProfile.ReleaseWireLevel with it, and write it only at that level");

    private static List<(Type Type, WireAttribute Wire)> Tagged() =>
        [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "Gantry.*.dll")
            .Select(f => Assembly.Load(Path.GetFileNameWithoutExtension(f)))
            .SelectMany(a => a.GetTypes())
            .Where(t => t.GetCustomAttribute<WireAttribute>() is not null)
            .Select(t => (t, t.GetCustomAttribute<WireAttribute>()!))];
}
