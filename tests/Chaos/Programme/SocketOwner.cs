using System.Globalization;

namespace Gantry.Chaos;

/// <summary>Which process a loopback connection comes from, as the kernel's tables say it.</summary>
internal static class SocketOwner
{
    /// <summary>Whether the process has the socket from one port to the other.</summary>
    public static bool Has(int process, int from, int to) => InodesOf(from, to).Any(inode => Links(process).Contains($"socket:[{inode}]"));

    private static IEnumerable<string> InodesOf(int from, int to)
    {
        var (local, remote) = (Hex(from), Hex(to));
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists))
        {
            foreach (var line in File.ReadLines(table))
            {
                // Number, local address, remote address, state, queues, timer, retransmits, user, time-out, inode.
                if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 9 } fields && fields[1].EndsWith(local, StringComparison.Ordinal)
                    && fields[2].EndsWith(remote, StringComparison.Ordinal))
                {
                    yield return fields[9];
                }
            }
        }
    }

    private static HashSet<string> Links(int process)
    {
        try
        {
            return [.. Directory.EnumerateFiles($"/proc/{process}/fd").Select(f => new FileInfo(f).LinkTarget ?? "")];
        }
        catch (IOException)
        {
            return []; // it ended, or closed something meanwhile
        }
    }

    private static string Hex(int port) => string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
}
