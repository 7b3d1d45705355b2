using Microsoft.Extensions.Configuration;

namespace Gantry.Hocon;

/// <summary>Adds the settings of Gantry to a configuration.</summary>
public static class HoconConfigurationExtensions
{
    /// <summary>
    /// Adds reference, files, environment and command-line values as one source. Add it last: its environment layer is checked,
    /// that of .NET is not.
    /// </summary>
    /// <exception cref="HoconException">When the configuration is built: a setting is unknown, of the wrong sort or out of range.</exception>
    public static IConfigurationBuilder AddGantryHocon(
        this IConfigurationBuilder builder, IEnumerable<string> files, Action<HoconConfigurationSource>? more = null)
    {
        var source = new HoconConfigurationSource();
        foreach (var file in files)
        {
            source.Files.Add(file);
        }

        more?.Invoke(source);
        return builder.Add(source);
    }
}
