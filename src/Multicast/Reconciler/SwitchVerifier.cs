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

    /// <summary>Compares everything on one switch, in one look at it.</summary>
    public async ValueTask<SwitchSurvey> SurveyAsync(SwitchRow row, CancellationToken ct)
    {
        var key = Addresses.SwitchKey(row.Rack, row.Slot);
        var listed = await ports.For(key, new Uri(row.Address)).ListGroupsAsync(ct).ConfigureAwait(false);
        if (listed is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered answered)
        {
            return new SwitchSurvey(listed.Describe(), [], []);
        }

        var actual = ActualGroup.FromAll(answered.Value);
        var world = await DesiredReader.ReadAsync(views, key, ct).ConfigureAwait(false);
        var byTag = actual.ToLookup(a => a.Tag);
        var byAddress = actual.ToLookup(a => a.Address);
        return new SwitchSurvey(
            null,
            actual,
            [
                .. world.Document.Groups
                    .Select(g => new SurveyedGroup(g, [.. SwitchDiff.Of(g, Near(g)).Take(SwitchDifference.KeptMax)]))
                    .Where(g => !g.Differences.IsEmpty),
            ]);

        // What a group is compared with: all that has its tag, and what sits on its addresses.
        ImmutableArray<ActualGroup> Near(DesiredGroup group) =>
            [.. byTag[group.Tag].Concat(byAddress[group.Address]).Concat(byAddress[group.Underlay]).Distinct()];
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
