namespace Gantry.Devices;

/// <summary>The connections of one life of an adapter.</summary>
internal sealed class AdapterLink : IDisposable
{
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private int _isEnded;

    public AdapterLink(Uri address, Func<DateTimeOffset> since)
    {
        _client = DeviceClient.Create(address);
        Http = new DeviceHttp(_client, since);
        Stopped = _stop.Token;
    }

    public DeviceHttp Http { get; }

    public CancellationToken Stopped { get; }

    public void Cancel() => _stop.Cancel();

    // A container that knows the registry by two names disposes it twice.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return;
        }

        _stop.Cancel();
        _client.Dispose();
        _stop.Dispose();
    }
}
