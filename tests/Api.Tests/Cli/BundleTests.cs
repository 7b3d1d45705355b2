using System.IO.Compression;
using System.Text.Json;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Support bundles: all of it in one file, nothing secret in it, and what is missing named.</summary>
[Trait("spec", "ops/2.1")]
public sealed class BundleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gantry-bundle-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_bundle_has_every_part_and_no_token_and_inspect_tells_what_is_in_it()
    {
        await using var host = await ApiHost.StartAsync(ApiHost.OneRack());
        await host.UserAsync("eve", fleetRole: "viewer");
        await CliRun.OfAsync(host, "pool create mcast");
        var file = Path.Combine(_folder.FullName, "one.zip");

        var made = await CliRun.OfAsync(host, $"bundle create {file}");

        made.ExitCode.ShouldBe(0, made.Error);
        made.Out.ShouldBe(file + "\n");
        made.Error.ShouldNotContain("without");
        var texts = await TextsAsync(file);
        texts.Keys.ShouldBe(BundleParts.All.Select(p => p.Name).Prepend("about"), ignoreOrder: true);
        texts["pools"].ShouldContain("mcast");
        texts["cluster-show"].ShouldContain("rows");
        texts.Values.ShouldAllBe(t => !t.Contains("gnt_") && !t.Contains(host.AdminToken));
        var seen = await CliRun.OfAsync(null, $"bundle inspect {file} --columns PART,ITEMS -o tsv");
        seen.Out.ShouldContain("pools\t1\n");
        (await CliRun.OfAsync(host, $"bundle create {file}")).ExitCode.ShouldBe(ExitCodes.Usage);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task What_the_caller_may_not_read_is_named_and_the_rest_is_kept()
    {
        await using var host = await ApiHost.StartAsync(ApiHost.OneRack());
        var viewer = await host.UserAsync("eve", fleetRole: "viewer");
        var file = Path.Combine(_folder.FullName, "two.zip");

        var made = await CliRun.OfAsync(host, $"bundle create {file}", token: viewer);

        made.ExitCode.ShouldBe(0, made.Error);
        made.Error.ShouldContain("without ");
        (await TextsAsync(file)).Keys.ShouldContain("racks");
    }

    [Fact]
    public async Task Where_nobody_answers_there_is_no_bundle_and_what_is_no_bundle_is_said_to_be_none()
    {
        var file = Path.Combine(_folder.FullName, "three.zip");
        var config = Path.Combine(_folder.FullName, "config.toml");
        await CliRun.OfAsync(null, "context add nobody --address http://127.0.0.1:1", config);

        (await CliRun.OfAsync(null, $"bundle create {file}", config)).ExitCode.ShouldBe(ExitCodes.Unreachable);
        File.Exists(file).ShouldBeFalse();
        (await CliRun.OfAsync(null, $"bundle inspect {file}")).ExitCode.ShouldBe(ExitCodes.NotFound);
        await File.WriteAllTextAsync(file, "nothing of that kind");
        (await CliRun.OfAsync(null, $"bundle inspect {file}")).ExitCode.ShouldBe(ExitCodes.Usage);
    }

    [Theory]
    [InlineData("""{"token":"abc","secret_hash":"x","nested":{"password":"p"},"token_count":3}""", """{"token":"***","secret_hash":"***","nested":{"password":"***"},"token_count":3}""")]
    [InlineData("""["see gnt_abc_123","Host=db;Password=x y;Port=1"]""", """["see ***","Host=db;Password=***;Port=1"]""")]
    [InlineData("""{"quorum_shares":["s"],"sharded":true}""", """{"quorum_shares":"***","sharded":true}""")]
    public void Secrets_are_masked_by_name_and_by_form(string json, string without) =>
        BundleSecrets.Without(JsonDocument.Parse(json).RootElement)!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .ShouldBe(without);

    private static async Task<Dictionary<string, string>> TextsAsync(string file)
    {
        await using var zip = await ZipFile.OpenReadAsync(file);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync());
            texts[Path.GetFileNameWithoutExtension(entry.Name)] = await reader.ReadToEndAsync();
        }

        return texts;
    }
}
