using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// What the reconciler remembers of one switch between turns, to look at as little as it may. Losing it costs one full turn. Used by one turn at
/// a time; what the workers of a turn write beside each other is only ever raised by them, and counted under a lock.
/// </summary>
internal sealed class SwitchMemory
{
    /// <summary>Creates of underlay groups that answer 500 in a row: more than these is a daemon that can make none (switch-dpd K2).</summary>
    private const int UnderlayRefusalsMax = 5;

    private readonly Lock _lock = new();
    private int _underlayRefusals;

    /// <summary>A switch is emptied as a last resort, and not again soon.</summary>
    public static readonly TimeSpan ResetDistance = TimeSpan.FromSeconds(30);

    /// <summary>A full turn is needed: something was seen that one group does not explain.</summary>
    public bool NeedsFull { get; set; } = true;

    /// <summary>Lives of the daemon seen at the last full turn.</summary>
    public long Rebirths { get; set; }

    /// <summary>When the adapter's state was entered, at the last full turn: an absence since then calls for a full one.</summary>
    public DateTimeOffset UpSince { get; set; }

    /// <summary>Where sleds are cabled and which switches there are, as one text.</summary>
    public string Places { get; set; } = "";

    /// <summary>Soft state and chip disagree in a way that only emptying the switch ends (switch-dpd 3.6).</summary>
    public bool IsBeyondRepair { get; set; }

    /// <summary>When it was emptied last.</summary>
    public DateTimeOffset? LastReset { get; set; }

    /// <summary>Members that had ended per group when last seen, for the status report.</summary>
    public Dictionary<GroupId, long> MembersEnded { get; } = [];

    /// <summary>Groups whose sweep was counted.</summary>
    public HashSet<GroupId> Swept { get; } = [];

    /// <summary>Counts creates of underlay groups that were answered with 500 since the last one that was not.</summary>
    public void CountUnderlay(bool isRefused)
    {
        lock (_lock)
        {
            _underlayRefusals = isRefused ? _underlayRefusals + 1 : 0;
            if (_underlayRefusals >= UnderlayRefusalsMax)
            {
                IsBeyondRepair = true;
            }
        }
    }

    /// <summary>The switch is about to be emptied, or cannot be.</summary>
    public void StartOver()
    {
        lock (_lock)
        {
            _underlayRefusals = 0;
            IsBeyondRepair = false;
        }
    }

    /// <summary>Forgets groups that are gone.</summary>
    public void Keep(ImmutableDictionary<GroupId, GroupDetailRow> details)
    {
        foreach (var gone in MembersEnded.Keys.Where(g => !details.ContainsKey(g)).ToList())
        {
            MembersEnded.Remove(gone);
        }

        Swept.RemoveWhere(g => !details.ContainsKey(g));
    }
}
