using System.Runtime.CompilerServices;
using Shouldly;

namespace Gantry.Api.Tests;

/// <summary>Compares a text with the one that was reviewed; <c>GANTRY_UPDATE_GOLDEN=1</c> takes the present one over.</summary>
internal static class Golden
{
    public static void ShouldBeAsReviewed(string text, string name, [CallerFilePath] string here = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here))!, "golden", name + ".txt"); // a source file has two folders above it
        if (Environment.GetEnvironmentVariable("GANTRY_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, text);
        }

        text.ShouldBe(File.Exists(file) ? File.ReadAllText(file) : "", $"{file}; set GANTRY_UPDATE_GOLDEN=1 to accept the change");
    }
}
