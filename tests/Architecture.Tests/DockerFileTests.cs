using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

/// <summary>No container engine runs these files in CI; every name in them is checked against the tree instead.</summary>
public sealed partial class DockerFileTests
{
    private static readonly string Dockerfile = File.ReadAllText(RepositoryRoot.At("docker", "Dockerfile"));
    private static readonly string Compose = string.Concat(
        new[] { "compose.single.yml", "compose.cluster.yml" }.Select(f => File.ReadAllText(RepositoryRoot.At("docker", f))));
    private static readonly string Reference = File.ReadAllText(RepositoryRoot.At("hocon", "reference.conf"));

    private static readonly string AllConfiguration =
        string.Concat(Directory.EnumerateFiles(RepositoryRoot.At("hocon"), "*.conf").Select(File.ReadAllText));

    [Fact]
    [Trait("spec", "engine/1.3")]
    public void Every_project_published_and_every_assembly_started_exists()
    {
        var published = ProjectPath().Matches(Dockerfile).Select(m => m.Value);
        var assemblies = AssemblyName().Matches(Dockerfile + Compose).Select(m => m.Groups[1].Value);

        published.Where(p => !File.Exists(RepositoryRoot.At(p))).ShouldBeEmpty();
        assemblies.Where(a => !Directory.Exists(RepositoryRoot.At("src", a))).ShouldBeEmpty();
    }

    [Fact]
    public void Every_file_copied_and_every_configuration_named_exists()
    {
        var copied = CopyLine().Matches(Dockerfile).SelectMany(m => m.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var configurations = ConfigurationPath().Matches(Dockerfile + Compose).Select(m => m.Value);

        copied.Concat(configurations).Where(p => !Path.Exists(RepositoryRoot.At(p))).ShouldBeEmpty();
    }

    [Fact]
    public void Every_port_is_one_of_the_product()
    {
        var ports = Port().Matches(Dockerfile + Compose).Select(m => m.Value).Distinct();
        var code = AllConfiguration + Code("Switch.Simulator") + Code("Sled.Simulator");

        ports.Where(p => !code.Contains(p, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_variable_is_a_setting_or_is_read_by_a_configuration_file()
    {
        var names = Variable().Matches(Compose).Select(m => m.Groups[1].Value).Distinct().ToList();

        var settings = names.Where(n => n.StartsWith("GANTRY__", StringComparison.Ordinal))
            .Where(n => !Reference.Contains(n.Split("__")[^1].ToLowerInvariant(), StringComparison.Ordinal));
        var substituted = names.Where(n => !n.StartsWith("GANTRY__", StringComparison.Ordinal))
            .Where(n => !AllConfiguration.Contains($"${{?{n}}}", StringComparison.Ordinal));

        names.ShouldNotBeEmpty();
        settings.Concat(substituted).ShouldBeEmpty();
    }

    [Fact]
    public void Every_flag_is_one_that_the_program_knows()
    {
        var known = Code("Node") + Code("Switch.Simulator") + Code("Sled.Simulator");

        Flag().Matches(Compose + Dockerfile[Dockerfile.IndexOf("ENTRYPOINT", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value)
            .Where(f => !known.Contains($"\"{f}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_metric_that_dashboards_and_alerts_name_is_kept_by_the_code()
    {
        var files = Directory.EnumerateFiles(RepositoryRoot.At("docker", "grafana"), "*.json").Append(RepositoryRoot.At("docker", "alerts.yml")).ToList();
        foreach (var dashboard in files.Where(f => f.EndsWith(".json", StringComparison.Ordinal)))
        {
            System.Text.Json.JsonDocument.Parse(File.ReadAllText(dashboard)).Dispose();
        }

        var instruments = RepositoryRoot.Sources("src", "*.cs").SelectMany(f => Instrument().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Select(n => n.Replace('.', '_')).ToHashSet(StringComparer.Ordinal);
        var named = files.SelectMany(f => Expression().Matches(File.ReadAllText(f)).SelectMany(m => Metric().Matches(m.Groups[1].Value)).Select(m => m.Value)).Distinct().ToList();

        files.Count.ShouldBeGreaterThan(3);
        named.Count.ShouldBeGreaterThan(10);
        named.Where(n => !instruments.Contains(Suffix().Replace(n, ""))).ShouldBeEmpty();
    }

    private static string Code(string project) => string.Concat(RepositoryRoot.Sources($"src/{project}", "*.cs").Select(File.ReadAllText));

    [GeneratedRegex(@"src/[\w.]+/[\w.]+\.csproj", RegexOptions.None, 1000)]
    private static partial Regex ProjectPath();

    [GeneratedRegex(@"Gantry\.([\w.]+)\.dll", RegexOptions.None, 1000)]
    private static partial Regex AssemblyName();

    [GeneratedRegex(@"^COPY (?!--from)(.+) \S+$", RegexOptions.Multiline, 1000)]
    private static partial Regex CopyLine();

    [GeneratedRegex(@"hocon/[\w-]+\.conf", RegexOptions.None, 1000)]
    private static partial Regex ConfigurationPath();

    [GeneratedRegex(@"\b(84\d\d|12\d{3})\b", RegexOptions.None, 1000)]
    private static partial Regex Port();

    [GeneratedRegex(@"\b(GANTRY_[A-Z0-9_]+)\b", RegexOptions.None, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex("\"([a-z_]+(?:\\.[a-z_]+)+)\"", RegexOptions.None, 1000)]
    private static partial Regex Instrument();

    [GeneratedRegex("\"?expr\"?: \"?(.+?)\"?,?$", RegexOptions.Multiline, 1000)]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b(?:actors|cluster|store|saga|multicast|trust_quorum|reconciler|adapter|gateway)_[a-z_]+\b", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("(_seconds|_bytes)?(_bucket|_count|_sum|_total)?$", RegexOptions.None, 1000)]
    private static partial Regex Suffix();

    [GeneratedRegex("\"(--[a-z-]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Flag();
}
