using System.Globalization;

namespace Gantry.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchArguments(IReadOnlyList<string> Suites, TimeSpan Duration, string? JsonFile, IReadOnlyList<string> Only)
{
    /// <summary>Reads the arguments; a text is what is wrong with them.</summary>
    public static string? Parse(string[] args, out BenchArguments arguments)
    {
        var suites = new List<string>();
        var seconds = 5;
        string? json = null;
        var only = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var hasValue = i + 1 < args.Length;
            switch (args[i])
            {
                case "--json" when hasValue:
                    json = args[++i];
                    break;
                case "--seconds" when hasValue && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and <= 600:
                    i++;
                    break;
                case "--minutes" when hasValue && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 120:
                    seconds = minutes * 60;
                    i++;
                    break;
                case "--only" when hasValue:
                    only.AddRange(args[++i].Split(','));
                    break;
                case var name when !name.StartsWith('-'):
                    suites.Add(name);
                    break;
                default:
                    arguments = new BenchArguments([], default, null, []);
                    return $"{args[i]} is not understood.";
            }
        }

        arguments = new BenchArguments(suites, TimeSpan.FromSeconds(seconds), json, only);
        return null;
    }
}
