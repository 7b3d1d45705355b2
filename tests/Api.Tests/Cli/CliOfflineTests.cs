using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>What works without a server, and what a typing mistake meets.</summary>
[Trait("spec", "ops/2")]
public sealed class CliOfflineTests
{
    [Theory]
    [InlineData("version", "version")]
    [InlineData("explain OutcomeUnknown", "explain")]
    [InlineData("explain OutcomeUnknwon", "explain-misspelt")]
    [InlineData("sleds list", "misspelt-noun")]
    [InlineData("sled lst", "misspelt-verb")]
    [InlineData("sled list --colums A", "misspelt-flag")]
    [InlineData("sled", "noun-alone")]
    [InlineData("group join", "missing-arguments")]
    [InlineData("sled list -o xml", "wrong-format")]
    [InlineData("sled list --context nowhere", "no-context")]
    [InlineData("group verify", "verify-nothing")]
    public async Task Output_is_as_reviewed(string commandLine, string name) =>
        Golden.ShouldBeAsReviewed((await CliRun.OfAsync(null, commandLine)).Redacted(), name);

    [Fact]
    public async Task Nobody_at_the_address_is_exit_6_and_says_that_nothing_was_done()
    {
        var path = Path.Combine(Path.GetTempPath(), $"gantry-{Guid.NewGuid():N}.toml");
        await File.WriteAllTextAsync(path, "current = \"dead\"\n[contexts.dead]\naddress = \"http://127.0.0.1:1\"\n");

        var run = await CliRun.OfAsync(null, "sled list", path);

        File.Delete(path);
        run.ExitCode.ShouldBe(ExitCodes.Unreachable);
        run.Error.ShouldContain("nothing was done");
        run.Out.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("gantry inst", "instance")]
    [InlineData("gantry instance sta", "start")]
    [InlineData("gantry group join --so", "--source")]
    [InlineData("gantry group list --fil", "")]
    [InlineData("gantry group show tel", "telemetry-a")]
    [InlineData("gantry group join x --instance we", "web-1")]
    public async Task Completion_in_bash_offers_words_flags_and_live_names(string typed, string offered)
    {
        var script = (await CliRun.OfAsync(null, "completion bash")).Out;
        var words = string.Join(' ', typed.Split(' ').Select(w => $"'{w}'"));
        var start = new System.Diagnostics.ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        using var bash = System.Diagnostics.Process.Start(start)!; // bash is where completion of bash is wanted
        await bash.StandardInput.WriteAsync(
            script + $"\ngantry() {{ case \"$2\" in group) echo telemetry-a ;; instance) echo web-1 ;; esac; }}\nCOMP_WORDS=({words})\nCOMP_CWORD={typed.Split(' ').Length - 1}\n_gantry\necho \"${{COMPREPLY[*]}}\"\n");
        bash.StandardInput.Close();

        (await bash.StandardOutput.ReadToEndAsync()).Trim().ShouldBe(offered);
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_of_every_shell_knows_live_names(string shell) =>
        (await CliRun.OfAsync(null, $"completion {shell}")).Out.ShouldContain("gantry complete-names");

    [Fact]
    public async Task Contexts_are_added_used_shown_and_removed()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("gantry-").FullName, "config.toml");

        (await CliRun.OfAsync(null, "context add lab --address http://127.0.0.1:8480 --token-env LAB_TOKEN", path)).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(null, "context add demo --address http://127.0.0.1:9480", path)).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(null, "context use demo", path)).ExitCode.ShouldBe(0);

        (await CliRun.OfAsync(null, "context list -o tsv", path)).Out.ShouldBe(
            "NAME\tCURRENT\tADDRESS\tTOKEN\ndemo\tyes\thttp://127.0.0.1:9480/\t-\nlab\tno\thttp://127.0.0.1:8480/\tenv:LAB_TOKEN\n");
        (await CliRun.OfAsync(null, "context use lba", path)).Error.ShouldContain("did you mean lab?");
        (await CliRun.OfAsync(null, "context remove lab", path)).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(null, "context list -o name", path)).Out.ShouldBe("demo\n");
    }

    [Theory]
    [InlineData(400, 4)]
    [InlineData(401, 5)]
    [InlineData(403, 5)]
    [InlineData(404, 3)]
    [InlineData(409, 4)]
    [InlineData(412, 4)]
    [InlineData(422, 4)]
    [InlineData(428, 4)]
    [InlineData(429, 6)]
    [InlineData(500, 1)]
    [InlineData(502, 6)]
    [InlineData(503, 6)]
    [InlineData(504, 1)]
    [InlineData(507, 4)]
    public void A_status_has_its_exit_code(int status, int code) => ExitCodes.OfStatus(status).ShouldBe(code);
}
