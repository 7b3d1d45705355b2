using System.Net.Sockets;

namespace Gantry.Primitives;

/// <summary>What an HTTP call throws when its connection cannot be made or breaks.</summary>
public static class ConnectionFailure
{
    /// <summary>
    /// Whether it is one. A bare <see cref="SocketException"/> is: <see cref="SocketsHttpHandler"/> does not wrap that of a connection which the peer resets
    /// at the moment it is made. A time-out or cancellation is none: only the caller knows whose it was.
    /// </summary>
    public static bool Is(Exception e) => e is HttpRequestException or SocketException or IOException;
}
