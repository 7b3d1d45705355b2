using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gantry.Primitives;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gantry.Switch.Simulator;

/// <summary>
/// One simulated switch: the daemon's API on one listener, the control interface of engine 11.5 on another. Stops when disposed.
/// </summary>
public sealed class SwitchSimulator : IAsyncDisposable
{
    private readonly SwitchCell _cell;
    private readonly WebApplication _device;
    private readonly WebApplication _control;
    private readonly CancellationTokenSource _stopping;

    private SwitchSimulator(
        SwitchCell cell, FaultSet faults, WebApplication device, WebApplication control, CancellationTokenSource stopping)
    {
        _cell = cell;
        Faults = faults;
        _device = device;
        _control = control;
        _stopping = stopping;
        (Address, Addresses) = (AddressOf(device), AddressesOf(device));
        ControlAddress = AddressOf(control);
    }

    /// <summary>Base address of the daemon's API.</summary>
    public Uri Address { get; }

    /// <summary>All of them, the first one included.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Connections accepted so far, refused ones included.</summary>
    public int Connections => _cell.Connections;

    /// <summary>Base address of the control interface.</summary>
    public Uri ControlAddress { get; }

    /// <summary>The state as it is now; immutable.</summary>
    public SwitchState Model => _cell.State;

    /// <summary>Faults set and to be set.</summary>
    public FaultSet Faults { get; }

    /// <summary>The last requests received, oldest first, at most 4,096.</summary>
    public ImmutableArray<SeenRequest> Requests => _cell.Requests;

    /// <summary>Requests received so far whose first path segment is this, for example <c>/multicast</c>.</summary>
    public long RequestsOf(string segment) => _cell.RequestsOf(segment);

    /// <summary>Starts a switch.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<SwitchSimulator> StartAsync(SwitchSimulatorOptions options, CancellationToken ct = default)
    {
        var cell = new SwitchCell(options, new SeededRandomSource(options.Seed + ((ulong)options.Slot << 32)));
        var faults = new FaultSet(new SeededRandomSource(options.Seed), fault => ActAtOnce(cell, fault));
        var stopping = new CancellationTokenSource();
        var device = BuildDevice(options, cell, faults, stopping.Token);
        var control = BuildControl(options, cell, faults);
        try
        {
            await device.StartAsync(ct).ConfigureAwait(false);
            await control.StartAsync(ct).ConfigureAwait(false);
            return new SwitchSimulator(cell, faults, device, control, stopping);
        }
        catch
        {
            await device.DisposeAsync().ConfigureAwait(false);
            await control.DisposeAsync().ConfigureAwait(false);
            stopping.Dispose();
            throw;
        }
    }

    /// <summary>The daemon restarts: everything but the hardware is lost (D9).</summary>
    public void Restart() => _cell.Change((state, now) => state.Restarted(now));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _device.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _control.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _device.DisposeAsync().ConfigureAwait(false);
        await _control.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Closes a socket so that the other side sees a reset instead of an orderly end.</summary>
    internal static void Reset(IConnectionSocketFeature? connection)
    {
        try
        {
            if (connection is not null)
            {
                connection.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone, which is what was wanted.
        }
    }

    private static bool ActAtOnce(SwitchCell cell, SimFault fault)
    {
        switch (fault)
        {
            case { Kind: "diverge" or "foreign_tag" }:
                cell.Change((state, now) => Divergence.Apply(state, fault, now));
                return true;
            case { Kind: "restart", Match: null }:
                cell.Change((state, now) => state.Restarted(now));
                return true;
            default:
                return false;
        }
    }

    private static WebApplication BuildDevice(SwitchSimulatorOptions options, SwitchCell cell, FaultSet faults, CancellationToken stopping)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var point in options.Listen.Prepend(new IPEndPoint(options.Bind, options.Port)))
            {
                kestrel.Listen(point, listen => listen.Use(next => connection => AcceptAsync(cell, faults, next, connection)));
            }
        });
        var app = builder.Build();
        var pipeline = new DevicePipeline(cell, faults, options.Time, stopping);
        app.Run(pipeline.ServeAsync);
        return app;
    }

    private static Task AcceptAsync(SwitchCell cell, FaultSet faults, ConnectionDelegate next, ConnectionContext connection)
    {
        cell.CountConnection();
        if (!faults.TakeRefusal())
        {
            return next(connection);
        }

        Reset(connection.Features.Get<IConnectionSocketFeature>());
        connection.Abort();
        return Task.CompletedTask;
    }

    private static WebApplication BuildControl(SwitchSimulatorOptions options, SwitchCell cell, FaultSet faults)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.ControlPort);
        });
        var app = builder.Build();
        app.UseRouting();
        var control = new ControlEndpoints(cell, faults, options.Time);
        control.Map(app, "/control");
        control.Map(app, $"/control/switch{options.Slot}");
        return app;
    }

    private static Uri AddressOf(WebApplication app) => AddressesOf(app)[0];

    private static IReadOnlyList<Uri> AddressesOf(WebApplication app) => [.. app.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))]; // Kestrel always has the feature
}
