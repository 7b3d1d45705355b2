using System.Net;
using System.Net.Sockets;

namespace Gantry.Tests;

/// <summary>
/// Ports that nobody listens on just now, from below the range that the system itself takes ports from for outgoing connections (32,768 and up
/// on Linux): one of those would be lost to a client of another test between the look and the start.
/// </summary>
internal static class Ports
{
    private const int First = 12_000;
    private const int Count = 18_000;

    private static int s_next = Environment.ProcessId * 131 % Count;

    /// <summary>A free port; none is given twice by one process.</summary>
    public static int One() => Block(1);

    /// <summary>The first of so many free ports in a row; no block is given twice by one process.</summary>
    public static int Block(int count)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            var first = First + (Interlocked.Add(ref s_next, count) % (Count - count));
            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }

        throw new InvalidOperationException($"no {count} free ports in a row between {First} and {First + Count}");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
