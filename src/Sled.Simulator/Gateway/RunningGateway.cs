using System.Net;

namespace Gantry.Sled.Simulator;

/// <summary>The management gateway with its listener. Its only fault is <c>refuse</c>.</summary>
internal sealed class RunningGateway(GatewayRoutes routes, IPAddress bind, int port, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly Listener _listener = new(routes.HandleAsync, bind, port, loggers);
    private readonly SemaphoreSlim _gate = new(1, 1);

    public Uri Address => _listener.Address;

    public FaultTable Faults { get; } = new(seed: 0);

    public async Task FollowFaultsAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // Both are without effect when it already is so.
            if (Faults.IsOn(FaultKinds.Refuse))
            {
                await _listener.StopAsync().ConfigureAwait(false);
            }
            else
            {
                await _listener.StartAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }
}
