using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What one switch was found to hold of one group, read just now.</summary>
/// <param name="Switch">The switch's key.</param>
/// <param name="Slot">0 or 1.</param>
/// <param name="Error">Why it could not be read; null when it was.</param>
/// <param name="Differences">Differences to what it should hold; empty when it is right or could not be read.</param>
public sealed record SwitchVerification(string Switch, int Slot, string? Error, ImmutableArray<SwitchDifference> Differences)
{
    /// <summary>Read and right.</summary>
    public bool IsRight => Error is null && Differences.IsEmpty;
}

/// <summary>Reads every recorded switch now and compares with what it should hold. Changes nothing. Thread-safe.</summary>
public sealed class SwitchVerifier(IViews views, ISwitchPorts ports)
{
    /// <summary>Compares one group on every recorded switch, in order of their keys.</summary>
    public async ValueTask<ImmutableArray<SwitchVerification>> VerifyAsync(GroupId group, CancellationToken ct)
    {
        var keys = await views.SwitchKeysAsync(ct).ConfigureAwait(false);
        return [.. await Task.WhenAll(keys.Select(key => VerifyAsync(key, group, ct))).ConfigureAwait(false)];
    }

    private async Task<SwitchVerification> VerifyAsync(string key, GroupId group, CancellationToken ct)
    {
        var row = await views.GetAsync(InventoryViews.Switches, key, ct).ConfigureAwait(false);
        if (row is null)
        {
            return new SwitchVerification(key, -1, "the switch's record is gone", []);
        }

        var listed = await ports.For(key, new Uri(row.Row.Address)).ListGroupsAsync(ct).ConfigureAwait(false);
        if (listed is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered answered)
        {
            return new SwitchVerification(key, row.Row.Slot, listed.Describe(), []);
        }

        var world = await DesiredReader.ReadAsync(views, key, ct).ConfigureAwait(false);
        var desired = world.Document.Groups.FirstOrDefault(g => g.Id == group);
        return new SwitchVerification(
            key,
            row.Row.Slot,
            desired is null ? "the group is gone" : null,
            desired is null ? [] : SwitchDiff.Of(desired, ActualGroup.FromAll(answered.Value)));
    }
}
