using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>Makes one packet engine hold its program and reads it back.</summary>
internal static class SledProgrammer
{
    /// <summary>Reads both tables; an agent that does not have them is told apart from one that fails.</summary>
    public static async ValueTask<(SledHolding? Holding, string? Error, bool IsTooOld)> ReadAsync(ISledMulticastPort port, CancellationToken ct)
    {
        var mappings = await port.ListMappingsAsync(ct).ConfigureAwait(false);
        if (mappings is not DeviceOutcome<ImmutableArray<SledGroupMapping>>.Answered mapped)
        {
            return (null, mappings.Describe(), mappings is DeviceOutcome<ImmutableArray<SledGroupMapping>>.Rejected { Status: 400 or 404 });
        }

        var forwarding = await port.ListForwardingAsync(ct).ConfigureAwait(false);
        return forwarding is DeviceOutcome<ImmutableArray<SledForwarding>>.Answered forwarded
            ? (new SledHolding(mapped.Value, forwarded.Value), null, false)
            : (null, forwarding.Describe(), false);
    }

    /// <summary>Carries steps out; the first error ends it.</summary>
    public static async ValueTask<string?> RunAsync(ISledMulticastPort port, ImmutableArray<SledStep> steps, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            var outcome = step switch
            {
                SledStep.ClearForwarding s => await port.ClearForwardingAsync(s.Underlay, ct).ConfigureAwait(false),
                SledStep.ClearMapping s => await port.ClearMappingAsync(s.Mapping, ct).ConfigureAwait(false),
                SledStep.SetForwarding s => await port.AddForwardingAsync(s.Forwarding, ct).ConfigureAwait(false),
                SledStep.SetMapping s => await port.SetMappingAsync(s.Mapping, ct).ConfigureAwait(false),
                _ => throw new InvalidOperationException($"unknown step {step.GetType().Name}"),
            };
            if (outcome is not DeviceOutcome<NoContent>.Answered)
            {
                return $"{step.GetType().Name}: {outcome.Describe()}";
            }
        }

        return null;
    }
}
