using System.Runtime.InteropServices;

namespace Gantry.Bench;

/// <summary>Where the numbers come from: a ratio travels, a number does not.</summary>
internal sealed record Machine(string Processor, int Processors, string System, string Runtime, string Build)
{
    public static Machine Describe() => new(
        ProcessorName(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
#if DEBUG
        "Debug (numbers are worthless)");
#else
        "Release");
#endif

    public override string ToString() => $"machine: {Processor}, {Processors} processors, {System}, {Runtime}, {Build}";

    private static string ProcessorName()
    {
        const string File = "/proc/cpuinfo";
        var line = global::System.IO.File.Exists(File)
            ? global::System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
