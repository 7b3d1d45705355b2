using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

public sealed class ProjectArrowTests
{
    public static TheoryData<string> Projects => [.. ProjectFiles().Select(f => Path.GetFileNameWithoutExtension(f)!).Order()];

    [Theory]
    [MemberData(nameof(Projects))]
    [Trait("spec", "engine/1.1")]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        var file = ProjectFiles().Single(f => Path.GetFileNameWithoutExtension(f) == project);

        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

        ProjectTable.Allowed.ShouldContainKey(project);
        references.Except(ProjectTable.Allowed[project]).ShouldBeEmpty($"{project} may not reference these");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_a_readme_of_at_most_a_page(string project)
    {
        var readme = RepositoryRoot.At("src", project, "README.md");

        File.Exists(readme).ShouldBeTrue($"src/{project}/README.md says what the project is for, its way in and what it may touch");
        File.ReadAllLines(readme).Length.ShouldBeLessThanOrEqualTo(60);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(RepositoryRoot.At("Actors.sln")).Replace('\\', '/');

        var projects = RepositoryRoot.Sources("src", "*.csproj").Concat(RepositoryRoot.Sources("tests", "*.csproj"))
            .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f));

        projects.Where(p => !solution.Contains(p, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static IEnumerable<string> ProjectFiles() => RepositoryRoot.Sources("src", "*.csproj");
}
