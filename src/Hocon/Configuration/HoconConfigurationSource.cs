using Microsoft.Extensions.Configuration;

namespace Gantry.Hocon;

/// <summary>
/// All settings of Gantry as one source of .NET configuration: reference, then files, then environment variables
/// <c>GANTRY__A__B</c>, then values of the command line, each overriding what came before. Lists are replaced as a whole.
/// Durations come out as <see cref="TimeSpan"/>, sizes as bytes, so that plain options bind.
/// </summary>
public sealed class HoconConfigurationSource : IConfigurationSource
{
    /// <summary>The known settings.</summary>
    public HoconSchema Schema { get; set; } = HoconSchema.Gantry;

    /// <summary>Files in order; each must exist.</summary>
    public IList<string> Files { get; } = [];

    /// <summary>Environment variables, for <c>GANTRY__A__B</c> and for substitutions.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = HoconEnvironment.OfProcess();

    /// <summary>Values by dotted path, <c>gantry</c> included, as the command line gave them.</summary>
    public IList<KeyValuePair<string, string>> Values { get; } = [];

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider(this);
}
