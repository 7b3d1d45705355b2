using System.Reflection;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

public sealed class DocumentationTests
{
    public static TheoryData<string> Assemblies =>
        [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "Gantry.*.dll").Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Where(n => !n.EndsWith(".Tests", StringComparison.Ordinal)).Order()];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_public_type_says_what_it_means(string assembly)
    {
        var summaries = XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")).Descendants("member")
            .Where(m => m.Attribute("name")!.Value.StartsWith("T:", StringComparison.Ordinal))
            .ToDictionary(m => m.Attribute("name")!.Value[2..], m => m.Element("summary")?.Value.Trim() ?? "", StringComparer.Ordinal);

        var silent = Assembly.Load(assembly).GetExportedTypes()
            .Where(t => !IsGenerated(t))
            .Select(t => t.FullName!.Replace('+', '.'))
            .Where(name => !summaries.TryGetValue(name, out var summary) || summary.Length == 0);

        silent.ShouldBeEmpty();
    }

    private static bool IsGenerated(Type type) =>
        type.Name is "Program" || type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is not null
        || type.Namespace?.StartsWith("Gantry", StringComparison.Ordinal) != true;
}
