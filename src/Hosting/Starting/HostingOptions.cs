using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>The section <c>gantry.host</c>.</summary>
public sealed class HostingOptions
{
    /// <summary>
    /// Time for a stop: turns on their way, the last batch, the store. Default 4 s, 1 s to 60 s. Too short: work is cut off and done again at
    /// the next start. Too long: a supervisor that kills after its own time makes it moot.
    /// </summary>
    [ConfigurationKeyName("stop_budget")]
    public TimeSpan StopBudget { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Whether the host is stopped when the engine ends by itself (fenced, or a bug). Default true. Set it to false only in a host with work of
    /// its own that watches <c>/health/live</c>.
    /// </summary>
    [ConfigurationKeyName("stop_when_ended")]
    public bool StopsWhenEnded { get; set; } = true;
}

/// <summary>Checks <see cref="HostingOptions"/>. By hand, because the range attribute loses its message on a <see cref="TimeSpan"/>.</summary>
internal sealed class HostingOptionsValidator : IValidateOptions<HostingOptions>
{
    private static readonly TimeSpan BudgetMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BudgetMax = TimeSpan.FromSeconds(60);

    public ValidateOptionsResult Validate(string? name, HostingOptions options) =>
        options.StopBudget >= BudgetMin && options.StopBudget <= BudgetMax
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"gantry.host.stop_budget must be 1 s to 60 s, it is {options.StopBudget}");
}
