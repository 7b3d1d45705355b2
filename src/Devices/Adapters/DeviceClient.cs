using System.Diagnostics.CodeAnalysis;

namespace Gantry.Devices;

/// <summary>Makes the one HTTP client of a device.</summary>
internal static class DeviceClient
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    [SuppressMessage("Reliability", "CA2000", Justification = "The client owns its handler.")]
    public static HttpClient Create(Uri address)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ConnectTimeout,
            // Reads, one write per object and a probe; writes to many sleds' objects wait for a connection within their deadline.
            MaxConnectionsPerServer = AdapterLimits.ReadsMax + 16,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };

        // Deadlines are per call and come from the adapter's clock.
        return new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AdapterLimits.AnswerBytesMax,
        };
    }
}
