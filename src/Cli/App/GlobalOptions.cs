using System.CommandLine;
using System.Globalization;

namespace Gantry.Cli;

/// <summary>The flags that every command knows (operator-experience 2.2).</summary>
internal sealed class GlobalOptions
{
    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "table, wide, json, yaml, name or tsv.", Recursive = true, DefaultValueFactory = _ => "table",
    };

    public Option<string?> Columns { get; } = new("--columns") { Description = "Columns to show, by head: SERIAL,CUBBY.", Recursive = true };

    public Option<int?> Limit { get; } = new("--limit") { Description = "At most so many rows.", Recursive = true };

    public Option<bool> All { get; } = new("--all") { Description = "Every row; tables stop at 1,000 otherwise.", Recursive = true };

    public Option<string?> SortBy { get; } = new("--sort-by") { Description = "Column or member; name:desc turns it round.", Recursive = true };

    public Option<string?> Filter { get; } = new("--filter") { Description = "Rows wanted: state=running,name!=web*.", Recursive = true };

    public Option<bool> Watch { get; } = new("--watch", "-w") { Description = "Print the list, then changed rows as they come.", Recursive = true };

    public Option<bool> Utc { get; } = new("--utc") { Description = "Times instead of ages.", Recursive = true };

    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Say what a change would do; do nothing.", Recursive = true };

    public Option<string?> Confirm { get; } = new("--confirm") { Description = "The object's own name, where no way back exists.", Recursive = true };

    public Option<string?> Context { get; } = new("--context") { Description = "The context to use.", Recursive = true };

    public Option<string?> Timeout { get; } = new("--timeout") { Description = "How long to wait, for example 90s or 5m.", Recursive = true };

    public Option<bool> Wait { get; } = new("--wait") { Description = "Wait for the end (--wait=5m: so long); the default on a terminal.", Recursive = true };

    public Option<bool> NoWait { get; } = new("--no-wait") { Description = "Do not wait.", Recursive = true };

    public Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Do not ask.", Recursive = true };

    public Option<bool> NoColor { get; } = new("--no-color") { Description = "No colour.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Data and errors only.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Print request ids and timings.", Recursive = true };

    public void AddTo(RootCommand root)
    {
        Output.AcceptOnlyFromAmong("table", "wide", "json", "yaml", "name", "tsv");
        Limit.Validators.Add(result =>
        {
            // What is no number at all has its error already.
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) && limit < 1)
            {
                result.AddError("--limit is below 1");
            }
        });
        Timeout.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Durations.TryParse(text) is null)
            {
                result.AddError(Durations.WhyNot(text));
            }
        });
        foreach (var option in (Option[])[Output, Columns, SortBy, Filter, Limit, All, Watch, Utc, Context, Timeout, Wait, NoWait, DryRun, Yes, Confirm, NoColor, Quiet, Verbose])
        {
            root.Options.Add(option);
        }
    }
}
