using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>What one sled's packet engine was found to hold of one group, read just now.</summary>
/// <param name="Sled">The sled.</param>
/// <param name="Serial">Its serial.</param>
/// <param name="Error">Why it could not be read; null when it was, or when its agent does not have this.</param>
/// <param name="IsTooOld">Its agent does not have this.</param>
/// <param name="Differences">Differences to what it should hold.</param>
public sealed record SledVerification(SledId Sled, string Serial, string? Error, bool IsTooOld, ImmutableArray<SwitchDifference> Differences)
{
    /// <summary>Read and right, or not to be programmed.</summary>
    public bool IsRight => Error is null && Differences.IsEmpty;
}

/// <summary>Reads the packet engines of all sleds now and compares one group. Changes nothing. Thread-safe.</summary>
public sealed class SledVerifier
{
    private readonly IViews _views;
    private readonly ISledMulticastPorts? _ports;
    private readonly IOptions<MulticastOptions> _options;

    internal SledVerifier(IViews views, ISledMulticastPorts? ports, IOptions<MulticastOptions> options)
    {
        _views = views;
        _ports = ports;
        _options = options;
    }

    /// <summary>One answer per sled in service, by serial; none when sleds are not programmed.</summary>
    public async ValueTask<ImmutableArray<SledVerification>> VerifyAsync(GroupId group, CancellationToken ct)
    {
        if (_ports is null || _options.Value is not { Enabled: true, SledProgramming: true })
        {
            return [];
        }

        var racks = await _views.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false);
        var found = new List<SledVerification>();
        foreach (var rack in racks)
        {
            var world = await SledWorld.ReadAsync(_views, rack.Key, [], ct).ConfigureAwait(false);
            var detail = await _views.GetAsync(GroupViews.Details, group.ToString(), ct).ConfigureAwait(false);
            if (detail is not null)
            {
                found.AddRange(await Task.WhenAll(world.Sleds.Select(s => VerifyAsync(s, detail.Row, world.Program, ct))).ConfigureAwait(false));
            }
        }

        return [.. found.OrderBy(f => f.Serial, StringComparer.Ordinal)];
    }

    private async Task<SledVerification> VerifyAsync(SledRow sled, GroupDetailRow group, SledProgram program, CancellationToken ct)
    {
        var port = _ports!.For(sled.Id.ToString(), new Uri($"http://{sled.Address}")); // checked by the caller
        var (holding, error, isTooOld) = await SledProgrammer.ReadAsync(port, ct).ConfigureAwait(false);
        if (holding is null)
        {
            return new SledVerification(sled.Id, sled.Serial, isTooOld ? null : error, isTooOld, []);
        }

        var (address, underlay) = (group.Address.ToString(), group.Underlay?.ToString());
        var only = new SledProgram(
            program.Mappings.RemoveRange(program.Mappings.Keys.Where(k => k != address)),
            program.Forwarding.RemoveRange(program.Forwarding.Keys.Where(k => k != underlay)));
        var own = new SledHolding(
            [.. holding.Mappings.Where(m => m.Group == address)], [.. holding.Forwarding.Where(f => f.Underlay == underlay)]);
        return new SledVerification(sled.Id, sled.Serial, null, IsTooOld: false, [.. SledPlan.Plan(only, own).Select(Difference)]);
    }

    private static SwitchDifference Difference(SledStep step) => step switch
    {
        SledStep.ClearMapping s => new SwitchDifference("surplus", "mapping", s.Mapping.Group, Found: s.Mapping.Underlay),
        SledStep.ClearForwarding s => new SwitchDifference("surplus", "forwarding", s.Underlay),
        SledStep.SetMapping s => new SwitchDifference("missing", "mapping", s.Mapping.Group, Wanted: s.Mapping.Underlay),
        SledStep.SetForwarding s => new SwitchDifference("missing", "forwarding", s.Forwarding.Underlay, Wanted: s.Forwarding.NextHops[0].NextHop),
        _ => throw new InvalidOperationException($"unknown step {step.GetType().Name}"),
    };
}
