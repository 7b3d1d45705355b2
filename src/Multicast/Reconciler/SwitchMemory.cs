using System.Collections.Immutable;
using Gantry.Actors;
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
    private readonly HashSet<string> _half = new(StringComparer.Ordinal);
    private int _underlayRefusals;
    private bool _isStuck;

    /// <summary>A switch is emptied as a last resort, and not again soon.</summary>
    public static readonly TimeSpan ResetDistance = TimeSpan.FromSeconds(30);

    /// <summary>A full turn is needed: something was seen that one group does not explain, or a group is half written.</summary>
    public bool NeedsFull
    {
        get
        {
            lock (_lock)
            {
                return field || _half.Count > 0;
            }
        }

        set;
    } = true;

    /// <summary>Lives of the daemon seen at the last full turn.</summary>
    public long Rebirths { get; set; }

    /// <summary>When the adapter's state was entered, at the last full turn: an absence since then calls for a full one.</summary>
    public DateTimeOffset UpSince { get; set; }

    /// <summary>Where sleds are cabled and which switches there are, as one text.</summary>
    public string Places { get; set; } = "";

    /// <summary>
    /// Soft state and chip disagree in a way that only emptying the switch ends (switch-dpd 3.6): a removal by tag is refused, or no underlay
    /// group can be made. One that was made since shows that they can be.
    /// </summary>
    public bool IsBeyondRepair
    {
        get
        {
            lock (_lock)
            {
                return _isStuck || _underlayRefusals >= UnderlayRefusalsMax;
            }
        }
    }

    /// <summary>Number of the switch's document, and of the one that was read back; null before the first full turn.</summary>
    public DocumentGeneration? Document { get; set; }

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
        }
    }

    /// <summary>A removal by tag was refused.</summary>
    public void MarkStuck()
    {
        lock (_lock)
        {
            _isStuck = true;
        }
    }

    /// <summary>
    /// An update of members broke off: the daemon's soft state is the old one and the replication engine is halfway (switch-dpd K4). What is read
    /// back says nothing of it, so a group that looks right is made anew.
    /// </summary>
    public void MarkHalf(string tag)
    {
        lock (_lock)
        {
            _half.Add(tag);
        }
    }

    /// <summary>The group was written whole, or removed.</summary>
    public void MarkWhole(string tag)
    {
        lock (_lock)
        {
            _half.Remove(tag);
        }
    }

    /// <summary>Forgets what was left halfway and is not there any more.</summary>
    public void KeepHalf(IEnumerable<string> tags)
    {
        lock (_lock)
        {
            _half.IntersectWith(tags);
        }
    }

    /// <summary>Whether the group was left halfway.</summary>
    public bool IsHalf(string tag)
    {
        lock (_lock)
        {
            return _half.Contains(tag);
        }
    }

    /// <summary>The switch is about to be emptied, or cannot be, or was found as it should be.</summary>
    public void StartOver()
    {
        lock (_lock)
        {
            _underlayRefusals = 0;
            _isStuck = false;
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
