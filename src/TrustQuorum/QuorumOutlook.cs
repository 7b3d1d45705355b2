using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>What a configuration survives, said in numbers and sentences. Pure.</summary>
public static class QuorumOutlook
{
    /// <summary>Members that may miss the prepare phase without stopping it: N minus K and Z.</summary>
    public static int MayMissPrepare(TqRecord record) => record.Members.Length - record.AcksNeeded;

    /// <summary>Members that may be down when the rack unlocks: N minus K.</summary>
    public static int MayBeDownAtUnlock(TqRecord record) => record.Members.Length - record.Threshold;

    /// <summary>Members that may go, of those that answer now, before the rack cannot unlock; never below 0.</summary>
    public static int MayFail(TqRecord record, int online) => Math.Max(0, online - record.Threshold);

    /// <summary>Which failures a proposed record survives while it is made and once it is in force.</summary>
    public static ImmutableArray<string> Survives(TqRecord proposed, ImmutableArray<BaseboardId> unreachable)
    {
        var down = proposed.Members.Count(m => unreachable.Contains(m.Id));
        var spare = MayMissPrepare(proposed) - down;
        var count = proposed.Members.Length;
        return
        [
            $"While it prepares: {proposed.AcksNeeded} of {count} members must answer (K+Z); "
                + (spare >= 0
                    ? $"{down} do not answer now, {spare} more may fail."
                    : $"{down} do not answer now, {-spare} too many: it would wait for them, and can be aborted."),
            "The loss of the coordinator while it prepares stops it: gantry quorum recover starts it over, the former epoch stays in force.",
            $"After commit: up to {MayBeDownAtUnlock(proposed)} of {count} may be down and the rack still unlocks (K = {proposed.Threshold}).",
            $"Whoever holds fewer than {proposed.Threshold} sleds learns nothing of the secret.",
        ];
    }

    /// <summary>What is so if nothing goes on from here.</summary>
    public static string IfStopped(TqRecord record, TqRecord? inForce) => record switch
    {
        { IsPreparing: true } when inForce is { } under && under.Epoch != record.Epoch =>
            $"epoch {under.Epoch} stays in force, nothing is lost",
        { IsPreparing: true } => "nothing is in force yet, nothing is lost",
        { State: TqStates.Committing } when record.CommittedCount < record.Members.Length =>
            $"epoch {record.Epoch} is decided: members that are off catch up from the others, it cannot be aborted",
        { State: TqStates.Aborted } => inForce is { } under ? $"epoch {under.Epoch} is in force" : "nothing is in force",
        _ => $"epoch {record.Epoch} is in force",
    };
}
