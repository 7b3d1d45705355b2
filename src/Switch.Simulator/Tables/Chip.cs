using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>Operations on the chip's tables and its replication engine.</summary>
internal static class Chip
{
    public static SwitchState Add(this SwitchState state, string table, ChipEntry entry, ModelFaults faults)
    {
        var old = state.Tables[table];
        var key = ChipTable.Key(entry.Keys);
        if (old.Entries.ContainsKey(key))
        {
            throw DaemonException.ChipConflict().CountedAs(table, TableMiss.Collision);
        }

        if (faults.SyntheticTables.Contains(table))
        {
            throw DaemonException.Synthetic();
        }

        if (old.Entries.Count >= old.Size || faults.FullTables.Contains(table))
        {
            throw DaemonException.Full(old.Name).CountedAs(table, TableMiss.Exhaustion);
        }

        return state.With(old with { Entries = old.Entries.Add(key, entry), Inserts = old.Inserts + 1 });
    }

    /// <summary>Removes an entry; a missing one is 404 without an error code.</summary>
    public static SwitchState Remove(this SwitchState state, string table, params string[] keys)
    {
        var old = state.Tables[table];
        var key = string.Join('|', keys);
        return old.Entries.ContainsKey(key)
            ? state.With(old with { Entries = old.Entries.Remove(key), Deletes = old.Deletes + 1 })
            : throw DaemonException.Missing().CountedAs(table, TableMiss.DeleteMiss);
    }

    /// <summary>What a refusal adds to the usage of its table (3.8).</summary>
    public static SwitchState Counted(this SwitchState state, DaemonException refusal) =>
        refusal.Usage is { } usage ? state.With(state.Tables[usage.Table].Counting(usage.Miss)) : state;

    /// <summary>Changes an entry in place; a missing one is 404 without an error code.</summary>
    public static SwitchState Update(this SwitchState state, string table, ChipEntry entry)
    {
        var old = state.Tables[table];
        var key = ChipTable.Key(entry.Keys);
        if (!old.Entries.TryGetValue(key, out var present))
        {
            throw DaemonException.Missing().CountedAs(table, TableMiss.UpdateMiss);
        }

        return IsSame(present, entry)
            ? state
            : state.With(old with { Entries = old.Entries.SetItem(key, entry), Updates = old.Updates + 1 });
    }

    public static bool Holds(this SwitchState state, string table, params string[] keys) =>
        state.Tables[table].Entries.ContainsKey(string.Join('|', keys));

    public static SwitchState Clear(this SwitchState state, string table)
    {
        var old = state.Tables[table];
        return state.With(old with { Entries = old.Entries.Clear(), Deletes = old.Deletes + old.Entries.Count });
    }

    public static SwitchState CreatePre(this SwitchState state, int group) => state.Pre.ContainsKey(group)
        ? throw DaemonException.Internal()
        : state with { Pre = state.Pre.Add(group, []) };

    public static SwitchState DestroyPre(this SwitchState state, int group) => state with { Pre = state.Pre.Remove(group) };

    public static SwitchState AddLane(this SwitchState state, int group, Lane lane)
    {
        var lanes = state.Pre[group];
        return lanes.Contains(lane)
            ? throw DaemonException.Internal()
            : state with { Pre = state.Pre.SetItem(group, lanes.Add(lane)) };
    }

    public static SwitchState RemoveLane(this SwitchState state, int group, Lane lane)
    {
        var lanes = state.Pre[group];
        return lanes.Contains(lane)
            ? state with { Pre = state.Pre.SetItem(group, lanes.Remove(lane)) }
            : throw DaemonException.Internal();
    }

    public static SwitchState Count(this SwitchState state, string counter, string label, long by = 1)
    {
        var labels = state.Counters.GetValueOrDefault(counter)
            ?? ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        return state with { Counters = state.Counters.SetItem(counter, labels.SetItem(label, labels.GetValueOrDefault(label) + by)) };
    }

    private static SwitchState With(this SwitchState state, ChipTable table) =>
        state with { Tables = state.Tables.SetItem(table.Name, table) };

    private static bool IsSame(ChipEntry left, ChipEntry right) => left.Action == right.Action && left.Args.SequenceEqual(right.Args);
}
