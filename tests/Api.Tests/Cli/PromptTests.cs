using System.CommandLine;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The prompt: words, completion, line editing without a node, then whole sessions against one (operator-experience 2.1).</summary>
[Trait("spec", "ops/2.1")]
public sealed class PromptTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  entity   show x/y ", new[] { "entity", "show", "x/y" })]
    [InlineData("a \"b c\" 'd \"e'", new[] { "a", "b c", "d \"e" })]
    [InlineData("a\\ b \"\"", new[] { "a b", "" })]
    [InlineData("\"open", new[] { "open" })]
    [InlineData("end\\", new[] { "end\\" })]
    public void Lines_are_cut_as_in_a_shell(string line, string[] words) => PromptWords.Of(line).ShouldBe(words);

    [Theory]
    [InlineData("mai", "mail")]
    [InlineData("mail ", "drop,list")]
    [InlineData("mail l", "list")]
    [InlineData("help mail ", "drop,list")]
    [InlineData("mail list --mo", "--moving")]
    [InlineData("mail list --state ", "done,stuck")]
    [InlineData("mail list --state s", "stuck")]
    [InlineData("mail drop ", "one,other")]
    [InlineData("nonsense ", "")]
    [InlineData("e", "exit")]
    public void Completion_knows_nouns_verbs_flags_and_values(string line, string expected) =>
        string.Join(',', PromptCompletion.Of(Tree(), line).Choices).ShouldBe(expected);

    [Fact]
    public void Keys_edit_complete_and_go_through_the_history()
    {
        var (editor, screen) = Editor("mai\tx\b\t", "\u0001le\u0002\u0003", "\u0011\u0011", "abc\u0004zz", "\u0005");

        editor.Read("> ").ShouldBe("mail ");
        screen.ToString().ShouldContain("drop  list");
        editor.Read("> ").ShouldBe("lex");
        editor.Read("> ").ShouldBe("mail ");
        editor.Read("> ").ShouldBe("zz");
        editor.Read("> ").ShouldBeNull();
        editor.History.ShouldBe(["mail ", "lex", "mail ", "zz"]);
    }

    [Fact]
    public void The_history_is_bounded_and_knows_no_empty_and_no_doubled_lines()
    {
        var (editor, _) = Editor();
        editor.Remember(" ");
        editor.Remember("a");
        editor.Remember("a");
        editor.History.ShouldBe(["a"]);
        for (var i = 0; i < LineEditor.HistoryMax; i++)
        {
            editor.Remember($"{i}");
        }

        editor.History.Count.ShouldBe(LineEditor.HistoryMax);
        editor.History[0].ShouldBe("0");
    }

    [Fact]
    public async Task A_bare_noun_on_a_terminal_opens_the_prompt_and_serves_the_nodes_commands()
    {
        await using var host = await ApiHost.StartAsync();

        var run = await CliRun.OfAsync(
            host, "cluster", typed: "entity ?\ncluster show --columns PHASE\nentity show ip-pool/nowhere\nnonsense\n\nhelp claim\nhistory\nshell\nexit\nnever reached\n");

        run.ExitCode.ShouldBe(ExitCodes.Usage); // the last line that failed
        run.Out.ShouldContain("events");
        run.Out.ShouldContain("PHASE\n");
        run.Error.ShouldContain("ip-pool/nowhere");
        run.Error.ShouldContain("has no \"nonsense\"");
        run.Out.ShouldContain("Who holds a claimed value");
        run.Out.ShouldContain("\nentity show ip-pool/nowhere\n");
        run.Error.ShouldContain("this is the prompt");
        run.Out.ShouldNotContain("never reached");
    }

    [Fact]
    public async Task Without_a_terminal_the_shell_runs_lines_and_a_bare_noun_wants_its_verb()
    {
        await using var host = await ApiHost.StartAsync();

        (await CliRun.OfAsync(host, "cluster")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await CliRun.OfAsync(host, "shell")).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(null, "shell", typed: "exit\n")).ExitCode.ShouldBe(ExitCodes.Unreachable);
    }

    [Fact]
    public async Task A_served_list_can_be_watched()
    {
        await using var host = await ApiHost.StartAsync();
        var rows = (await CliRun.OfAsync(host, "claim list -o name")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        var tail = CliRun.OfAsync(host, "journal tail --watch --limit 1 -o json");
        var claims = CliRun.OfAsync(host, $"claim list --watch --limit {rows + 1}");

        using var admin = host.As(host.AdminToken);
        await admin.PostAsync("/v1/projects", new { Name = "seen", Description = "" }).Expect(201);

        var seen = await claims;
        seen.ExitCode.ShouldBe(0, seen.Error);
        seen.Out.ShouldContain("seen");
        (await CliRun.OfAsync(host, "store show --watch")).ExitCode.ShouldBe(ExitCodes.Usage);
        (await tail).Out.ShouldContain("\"type\":\"snapshot\"");
    }

    private static RootCommand Tree()
    {
        var state = new Option<string?>("--state");
        state.AcceptOnlyFromAmong("done", "stuck");
        var which = new Argument<string>("which");
        which.AcceptOnlyFromAmong("one", "other");
        return new RootCommand { new Command("mail") { new Command("list") { state, new Option<bool>("--moving") }, new Command("drop") { which } } };
    }

    // One key per character: \u0001 home, \u0002 end (then x), \u0003 nothing, \u0004 Ctrl-C, \u0005 Ctrl-D, \u0011 up. Each text ends with Enter.
    private static (LineEditor Editor, StringWriter Screen) Editor(params string[] lines)
    {
        var keys = new Queue<ConsoleKeyInfo>(lines.SelectMany(l => l.Select(KeyOf).Append(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false))));
        var screen = new StringWriter();
        var root = Tree();
        return (new LineEditor(keys.Dequeue, screen, line => PromptCompletion.Of(root, line)), screen);
    }

    private static ConsoleKeyInfo KeyOf(char c) => c switch
    {
        '\t' => new('\t', ConsoleKey.Tab, false, false, false),
        '\b' => new('\b', ConsoleKey.Backspace, false, false, false),
        '\u0001' => new('\0', ConsoleKey.Home, false, false, false),
        '\u0002' => new('\0', ConsoleKey.End, false, false, false),
        '\u0003' => new('x', ConsoleKey.X, false, false, false),
        '\u0004' => new('\u0003', ConsoleKey.C, false, false, true),
        '\u0005' => new('\u0004', ConsoleKey.D, false, false, true),
        '\u0011' => new('\0', ConsoleKey.UpArrow, false, false, false),
        _ => new(c, ConsoleKey.A, false, false, false),
    };
}
