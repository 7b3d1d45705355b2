using System.Diagnostics;

namespace Gantry.Devices;

/// <summary>How the adapter of a node that does not hold a device's connections makes a call: each request goes through the holder's adapter.</summary>
internal sealed class PassingLine(AdapterOptions options, IDeviceRelay relay, TimeProvider time)
{
    // The holder keeps the deadline; its answer that it passed has to get back.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // The holder looks once a second whether a device is back; nobody tells that to who does not ask.
    private static readonly TimeSpan TroubleKnownFor = 3 * AdapterLimits.ProbeEvery;

    private volatile Heard? _heard;

    /// <summary>How the device stood for its holder when it was last asked; null before the first answer. Trouble is believed for three seconds.</summary>
    public DeviceStatus? Standing => _heard switch
    {
        { Of.State: not DeviceState.Up } old when time.GetElapsedTime(old.At) > TroubleKnownFor => old.Of with { State = DeviceState.Up, LastError = null },
        var heard => heard?.Of,
    };

    /// <summary>Makes the call; what it throws beside cancellation is a bug of the call.</summary>
    /// <exception cref="OperationCanceledException">The caller's own token; the device may still run the call to its end.</exception>
    public async ValueTask<DeviceOutcome<T>> CallAsync<T>(DeviceCall<T> call, CancellationToken ct)
    {
        var allowed = call.Deadline ?? options.Deadline;
        var began = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(allowed + Grace, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        var http = new DeviceHttp(async (request, token) =>
        {
            var answer = await relay.PassAsync(Passed(call, request, Left(allowed, began)), token).ConfigureAwait(false);
            _heard = answer.Standing is { } standing ? new Heard(standing, time.GetTimestamp()) : _heard;
            return answer.ToOutcome();
        });
        try
        {
            return await call.Send(http, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return new DeviceOutcome<T>.NoAnswer($"nothing came within {allowed.TotalSeconds:0.###} s");
        }
    }

    private PassedCall Passed<T>(DeviceCall<T> call, DeviceRequest request, TimeSpan left) => new()
    {
        Kind = options.Kind,
        Key = options.Key,
        Address = options.Address,
        Operation = call.Operation,
        Class = call.Class,
        Sequence = call.Sequence,
        Remaining = left,
        Method = request.Method.Method,
        Path = request.Path,
        ApiVersion = request.ApiVersion,
        Body = request.Body?.ToArray(),
        Trace = Activity.Current?.Id,
    };

    private TimeSpan Left(TimeSpan allowed, long began) =>
        allowed - time.GetElapsedTime(began) is var left && left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);

    private sealed record Heard(DeviceStatus Of, long At);
}
