using System.Collections.Concurrent;
using System.Net;
using Gantry.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gantry.Chaos;

/// <summary>Devices that keep the generation of their setting and refuse a lower one; some calls are slow, some are done and not answered.</summary>
internal sealed class ChaosDevices : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Random _dice;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Generation, long Value)> _settings = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Device, long Generation, long Value)> _ledger = new();
    private int _refused;
    private int _again;

    private ChaosDevices(WebApplication app, int seed) => (_app, _dice) = (app, new Random(seed));

    public static async Task<ChaosDevices> StartAsync(int port, int seed)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, o => o.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var devices = new ChaosDevices(app, seed);
        app.MapPut("/{device}/{generation:long}/{value:long}", devices.SetAsync);
        await app.StartAsync();
        return devices;
    }

    /// <summary>What their ledger says against the writes: one value per generation, and none that was answered as not done.</summary>
    public IEnumerable<Finding> WhatIsWrong(IReadOnlyCollection<Operation> history) => DeviceCheck.WhatIsWrong([.. _ledger], history);

    /// <summary>A device that does not come to what its cell says.</summary>
    public async Task<IEnumerable<Finding>> NotAtAsync(string device, long value)
    {
        try
        {
            await Eventually.HoldsAsync(() => Setting(device).Value == value, TimeSpan.FromSeconds(30));
            return [];
        }
        catch (TimeoutException)
        {
            return [new Finding(FindingKind.Device, $"{device} should be at {value} and is at {Setting(device)}")];
        }
    }

    public override string ToString() => $"{_ledger.Count} settings taken, {_again} of them again, {_refused} refused as older";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private (long Generation, long Value) Setting(string device)
    {
        lock (_gate)
        {
            return _settings.GetValueOrDefault(device);
        }
    }

    private async Task SetAsync(HttpContext http, string device, long generation, long value)
    {
        double roll;
        bool isTaken;
        lock (_gate)
        {
            roll = _dice.NextDouble();
        }

        if (roll < 0.05)
        {
            await Task.Delay(TimeSpan.FromSeconds(40 * roll), TimeProvider.System);
        }

        lock (_gate)
        {
            var present = _settings.GetValueOrDefault(device);
            isTaken = generation >= present.Generation;
            _again += generation == present.Generation ? 1 : 0;
            _refused += isTaken ? 0 : 1;
            if (isTaken)
            {
                _settings[device] = (generation, value);
                _ledger.Enqueue((device, generation, value));
            }
        }

        if (roll > 0.95)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = isTaken ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
    }
}
