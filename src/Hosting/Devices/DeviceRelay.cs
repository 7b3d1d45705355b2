using System.Text.Json;
using Gantry.Actors.Runtime;
using Gantry.Devices;
using Microsoft.Extensions.DependencyInjection;
using RawOutcome = Gantry.Devices.DeviceOutcome<System.ReadOnlyMemory<byte>>;

namespace Gantry.Hosting;

/// <summary>
/// Passes device calls over node links to the node that owns the device's shard, and serves those of other nodes (engine 7.1). Nothing is sent
/// twice: only a call that certainly was not sent is tried again, while the shard is on its way. Thread-safe.
/// </summary>
internal sealed class DeviceRelay(IServiceProvider services) : IDeviceRelay
{
    private const string Question = "device.call";

    // Half of a link's credit (engine 5.7): sleds that answer slowly must not keep commands from passing.
    private const int PassingMax = 128;

    // For the answer of the holder that its deadline passed.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    // A shard that changes hands in order is dark for less; one that was taken over is not waited for.
    private static readonly TimeSpan MovingPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    // The engine needs the adapters' owners in some hosts.
    private readonly Lazy<IOwners> _owners = new(() => services.GetRequiredService<ActorEngine>().Owners);

    // Shards move by the clock of nodes, whatever clock the host gives to the rest.
    private readonly TimeProvider _time = ClusterLinks.ClockOf(services);
    private int _passing;

    /// <summary>Begins to serve other nodes: before this one joins.</summary>
    public void Open() => _owners.Value.On(Question, ServeAsync);

    public bool IsHere(string kind, string key) => _owners.Value.IsHere(DeviceAddress.Of(kind, key));

    public async ValueTask<PassedAnswer> PassAsync(PassedCall call, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _passing) > PassingMax)
        {
            Interlocked.Decrement(ref _passing);
            return NotSent($"{PassingMax} device calls are on their way to other nodes already");
        }

        try
        {
            return await PassWithinAsync(call, ct).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _passing);
        }
    }

    private async Task<PassedAnswer> PassWithinAsync(PassedCall call, CancellationToken ct)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            var left = call.Remaining - _time.GetElapsedTime(began);
            var isLast = left <= Pause || _time.GetElapsedTime(began) >= MovingPatience;
            switch (await _owners.Value.AskAsync(
                DeviceAddress.Of(call.Kind, call.Key), Question, (call with { Remaining = left > Pause ? left : Pause }).ToBytes(), left + Grace, ct).ConfigureAwait(false))
            {
                case OwnerAnswer.Told told when Read(told) is var answer && (answer.End != PassedEnd.Moved || isLast):
                    return answer;
                case OwnerAnswer.NotSent not when isLast || !not.IsMoving:
                    return NotSent(not.Why);
                case OwnerAnswer.Silent silent:
                    return call.Class == CallClass.Write ? PassedAnswer.Of(new RawOutcome.NoAnswer(silent.Why)) : NotSent(silent.Why);
                default:
                    await Task.Delay(Pause, _time, ct).ConfigureAwait(false);
                    break;
            }
        }
    }

    // Also of a read that was sent and not answered: nothing is known of the device.
    private static PassedAnswer NotSent(string why) => PassedAnswer.Of(new RawOutcome.Overloaded(AdapterLimits.RetryAfter, why));

    private static PassedAnswer Read(OwnerAnswer.Told told)
    {
        try
        {
            return PassedAnswer.From(told.Body);
        }
        catch (JsonException e)
        {
            return PassedAnswer.Of(new RawOutcome.Garbled(0, $"another node's answer cannot be read: {e.Message}"));
        }
    }

    private async ValueTask<byte[]?> ServeAsync(byte[] body, CancellationToken ct)
    {
        var call = PassedCall.From(body);
        return AdapterOf(call) is { } adapter ? (await adapter.ServeAsync(call, ct).ConfigureAwait(false)).ToBytes() : null;
    }

    private DeviceAdapter? AdapterOf(PassedCall call) => call.Kind switch
    {
        "switch" => services.GetRequiredService<ISwitchPorts>().For(call.Key, call.Address) as DeviceAdapter,
        "sled" => services.GetRequiredService<ISledPorts>().For(call.Key, call.Address) as DeviceAdapter,
        "sp-gateway" => services.GetRequiredService<IServiceProcessorPorts>().For(call.Address) as DeviceAdapter,
        _ => null,
    };
}
