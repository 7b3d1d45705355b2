using System.CommandLine;
using System.Text;

namespace Gantry.Cli;

/// <summary>Completion scripts: the words after each noun and verb as fixed lists, so that no process is started per key press.</summary>
internal static class CompletionScripts
{
    public static string Of(string shell, RootCommand root) => shell switch
    {
        "bash" => Bash(root),
        "zsh" => "autoload -U +X bashcompinit && bashcompinit\n" + Bash(root),
        "fish" => Fish(root),
        _ => PowerShell(root),
    };

    private static string Bash(RootCommand root)
    {
        var text = new StringBuilder("_gantry() {\n  local words=() w\n  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || words+=(\"$w\"); done\n  local list=\"\"\n  case \"${words[*]}\" in\n");
        foreach (var (path, words) in Paths(root, ""))
        {
            text.Append($"    \"{path}\") list=\"{string.Join(' ', words)}\" ;;\n");
        }

        return text.Append("  esac\n  COMPREPLY=($(compgen -W \"$list\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -F _gantry gantry\n").ToString();
    }

    private static string Fish(RootCommand root)
    {
        var text = new StringBuilder("complete -c gantry -f\n");
        foreach (var noun in root.Subcommands)
        {
            text.Append($"complete -c gantry -n __fish_use_subcommand -a {noun.Name} -d '{Plain(noun)}'\n");
            foreach (var verb in noun.Subcommands)
            {
                text.Append($"complete -c gantry -n '__fish_seen_subcommand_from {noun.Name}' -a {verb.Name} -d '{Plain(verb)}'\n");
            }
        }

        return text.ToString();
    }

    private static string PowerShell(RootCommand root)
    {
        var text = new StringBuilder("Register-ArgumentCompleter -Native -CommandName gantry -ScriptBlock {\n  param($word, $ast, $cursor)\n  $path = (($ast.CommandElements | Select-Object -Skip 1 | Where-Object { \"$_\" -ne $word -and \"$_\" -notlike '-*' }) -join ' ')\n  $list = @{\n");
        foreach (var (path, words) in Paths(root, ""))
        {
            text.Append($"    '{path}' = @({string.Join(", ", words.Select(w => $"'{w}'"))})\n");
        }

        return text.Append("  }\n  $list[$path] | Where-Object { $_ -like \"$word*\" }\n}\n").ToString();
    }

    private static IEnumerable<(string Path, IEnumerable<string> Words)> Paths(Command command, string path)
    {
        var flags = command.Options.Select(o => o.Name).Where(n => n.StartsWith("--", StringComparison.Ordinal));
        yield return (path, command.Subcommands.Select(c => c.Name).Concat(flags));
        foreach (var child in command.Subcommands)
        {
            foreach (var inner in Paths(child, path.Length == 0 ? child.Name : $"{path} {child.Name}"))
            {
                yield return inner;
            }
        }
    }

    private static string Plain(Command command) => (command.Description ?? "").Replace("'", "", StringComparison.Ordinal);
}
