using System.Globalization;

namespace Gantry.Node;

/// <summary>What the demo prints: a tick per thing that is there, with the seconds since the start.</summary>
internal sealed class DemoScreen(TextWriter output, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public void Title(string? kept) => output.WriteLine(
        $"Laptop rack                                    (Ctrl-C stops {(kept is null ? "and removes everything" : $"everything and keeps {kept}")})");

    public void Tick(string what, string detail)
    {
        var seconds = time.GetElapsedTime(_start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        output.WriteLine($"  ✓ {what,-14} {detail,-42} {seconds}s");
    }

    public void Line(string text = "") => output.WriteLine(text);
}
