using System.Net;
using System.Net.Sockets;

namespace Gantry.Tests;

/// <summary>
/// Ports that stay with this process for its life, even while nobody listens on them: a node that is killed finds its own again when it comes
/// back. They come from below the range that the system itself takes ports from for outgoing connections (32,768 and up on Linux): one of those
/// would be lost to a client of another test between the look and the start.
/// </summary>
internal static class Ports
{
    private const int First = 12_000;
    private const int Count = 18_000;

    // How far on to look after a miss: farther than one by one, for another process may hold hundreds in a row.
    private const int Leap = 101;

    // A byte of this file stands for a port; its lock is the test process's claim, and the system takes it back when the process ends.
    // Never closed before that: closing it would give every claim back.
    private static readonly FileStream s_claims = new(
        Path.Combine(Path.GetTempPath(), $"gantry-test-ports-{Environment.UserName}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static readonly Lock s_gate = new();
    private static int s_next = Environment.ProcessId * 131 % Count;

    /// <summary>A free port; none is given twice.</summary>
    public static int One() => Block(1);

    /// <summary>The first of so many free ports in a row; none is given twice.</summary>
    public static int Block(int count)
    {
        lock (s_gate)
        {
            for (var tries = 0; tries < 500; tries++)
            {
                var offset = s_next + count <= Count ? s_next : 0;
                s_next = offset + count;
                var first = First + offset;
                if (Claim(first, count) && Enumerable.Range(first, count).All(IsFree))
                {
                    return first;
                }

                s_next += Leap;
            }
        }

        throw new InvalidOperationException($"no {count} free ports in a row between {First} and {First + Count}");
    }

    private static bool Claim(int first, int count)
    {
        if (OperatingSystem.IsMacOS())
        {
            return true; // it has no locks on parts of a file
        }

        try
        {
            s_claims.Lock(first, count);
            return true;
        }
        catch (IOException)
        {
            return false; // another test process has one of them
        }
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
