using System.Diagnostics;

namespace Gantry.Bench;

/// <summary>How long the disk takes to keep a page: write 4 KiB, sync, in a file of its own.</summary>
internal static class FsyncProbe
{
    /// <summary>Median over a number of syncs.</summary>
    public static TimeSpan Measure(string folder)
    {
        const int Rounds = 200;
        var page = new byte[4_096];
        var times = new List<long>(Rounds);
        using var file = new FileStream(
            Path.Combine(folder, "fsync.probe"), FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        for (var i = 0; i < Rounds; i++)
        {
            file.Position = i * page.Length;
            file.Write(page);
            var from = Stopwatch.GetTimestamp();
            file.Flush(flushToDisk: true);
            times.Add(Stopwatch.GetTimestamp() - from);
        }

        times.Sort();
        return Stopwatch.GetElapsedTime(0, times[Rounds / 2]);
    }
}
