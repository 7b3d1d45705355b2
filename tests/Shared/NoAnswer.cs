using System.Net.Sockets;

namespace Gantry.Tests;

/// <summary>What an HTTP call throws when the process at the other end dies before, while or after it takes the call.</summary>
internal static class NoAnswer
{
    // SocketsHttpHandler does not wrap the SocketException of a connection that is reset at the moment it is made.
    public static bool Is(Exception e) => e is HttpRequestException or SocketException or IOException or TaskCanceledException;
}
