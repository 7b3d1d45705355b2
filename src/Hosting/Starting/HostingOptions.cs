using System.ComponentModel.DataAnnotations;
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
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00", ErrorMessage = "gantry.host.stop_budget must be 1 s to 60 s")]
    public TimeSpan StopBudget { get; set; } = TimeSpan.FromSeconds(4);
}

/// <summary>Checks <see cref="HostingOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class HostingOptionsValidator : IValidateOptions<HostingOptions>;
