using System.CommandLine;
using System.Text;

namespace Gantry.Cli;

/// <summary>
/// Completion scripts: the words after each noun and verb as fixed lists, so that no process is started for them; names of objects come from
/// the API through <see cref="LiveNamesCommand"/>.
/// </summary>
internal static class CompletionScripts
{
    private const string Live = "gantry " + LiveNamesCommand.Name;

    public static string Of(string shell, RootCommand root) => shell switch
    {
        "bash" => Bash(root),
        "zsh" => "autoload -U +X bashcompinit && bashcompinit\n" + Bash(root),
        "fish" => Fish(root),
        _ => PowerShell(root),
    };

    private static string Bash(RootCommand root)
    {
        var text = new StringBuilder("""
            _gantry() {
              local words=() w list="" live="" word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
              for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $w == -* ]] || words+=("$w"); done
              case "${words[*]}" in

            """.ReplaceLineEndings("\n"));
        foreach (var place in Places(root, ""))
        {
            text.Append($"    \"{place.Path}\") list=\"{string.Join(' ', place.Words)}\"{(place.Live is null ? "" : $" live={place.Live}")} ;;\n");
        }

        return text.Append($$"""
              esac
              case "$before" in {{string.Join('|', LiveOptions(root).Select(o => o.Flag))}}) list="" live="${before#--}" ;; esac
              [[ -n $live && $word != -* ]] && list="$list $({{Live}} "$live" 2>/dev/null)"
              COMPREPLY=($(compgen -W "$list" -- "$word"))
            }
            complete -F _gantry gantry

            """.ReplaceLineEndings("\n")).ToString();
    }

    private static string Fish(RootCommand root)
    {
        var text = new StringBuilder("complete -c gantry -f\n");
        foreach (var noun in root.Subcommands.Where(c => !c.Hidden))
        {
            text.Append($"complete -c gantry -n __fish_use_subcommand -a {noun.Name} -d '{Plain(noun)}'\n");
            foreach (var verb in noun.Subcommands)
            {
                text.Append($"complete -c gantry -n '__fish_seen_subcommand_from {noun.Name}' -a {verb.Name} -d '{Plain(verb)}'\n");
            }

            if (LiveOf(noun.Subcommands) is { } live)
            {
                text.Append($"complete -c gantry -n '__fish_seen_subcommand_from {noun.Name}' -a '({Live} {live} 2>/dev/null)'\n");
            }
        }

        foreach (var (flag, live) in LiveOptions(root))
        {
            text.Append($"complete -c gantry -l {flag[2..]} -x -a '({Live} {live} 2>/dev/null)'\n");
        }

        return text.ToString();
    }

    private static string PowerShell(RootCommand root)
    {
        var text = new StringBuilder("Register-ArgumentCompleter -Native -CommandName gantry -ScriptBlock {\n  param($word, $ast, $cursor)\n  $path = (($ast.CommandElements | Select-Object -Skip 1 | Where-Object { \"$_\" -ne $word -and \"$_\" -notlike '-*' }) -join ' ')\n  $list = @{\n");
        var places = Places(root, "").ToList();
        foreach (var place in places)
        {
            text.Append($"    '{place.Path}' = @({string.Join(", ", place.Words.Select(w => $"'{w}'"))})\n");
        }

        text.Append("  }\n  $live = @{\n");
        foreach (var place in places.Where(p => p.Live is not null))
        {
            text.Append($"    '{place.Path}' = '{place.Live}'\n");
        }

        return text.Append($"  }}\n  $words = @($list[$path])\n  if ($live[$path]) {{ $words += @({Live} $live[$path] 2>$null) }}\n  $words | Where-Object {{ $_ -like \"$word*\" }}\n}}\n").ToString();
    }

    private static IEnumerable<(string Path, IEnumerable<string> Words, string? Live)> Places(Command command, string path)
    {
        var flags = command.Options.Where(o => !o.Hidden).Select(o => o.Name).Where(n => n.StartsWith("--", StringComparison.Ordinal));
        var children = command.Subcommands.Where(c => !c.Hidden).ToList();
        yield return (path, children.Select(c => c.Name).Concat(flags), LiveOf([command]));
        foreach (var inner in children.SelectMany(c => Places(c, path.Length == 0 ? c.Name : $"{path} {c.Name}")))
        {
            yield return inner;
        }
    }

    private static string? LiveOf(IEnumerable<Command> commands) =>
        commands.SelectMany(c => c.Arguments.Take(1)).Select(a => a.Name).FirstOrDefault(LiveNamesCommand.IsKnown);

    private static List<(string Flag, string Live)> LiveOptions(Command command) =>
    [
        .. command.Options.Where(o => LiveNamesCommand.IsKnown(o.Name.TrimStart('-'))).Select(o => (o.Name, o.Name[2..]))
            .Concat(command.Subcommands.SelectMany(LiveOptions)).Distinct().Order(),
    ];

    private static string Plain(Command command) => (command.Description ?? "").Replace("'", "", StringComparison.Ordinal);
}
