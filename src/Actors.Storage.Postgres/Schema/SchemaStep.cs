using System.Security.Cryptography;
using System.Text;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>A numbered, forward-only change of the schema. Once released its text never changes: stores remember its checksum.</summary>
/// <param name="Level">Its number.</param>
/// <param name="Sql">What it does.</param>
/// <param name="Reader">
/// How many steps a release must know to go on with a store that has this one. A step that only adds is readable by the release before, which may
/// thus be started again until the upgrade is finalized; what takes away comes a release later (engine 3.6).
/// </param>
internal sealed record SchemaStep(int Level, string Sql, int Reader)
{
    /// <summary>What stores remember.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>All steps in order (engine 3.2 and 3.3).</summary>
internal static class SchemaSteps
{
    /// <summary>Steps of this release. Those that know fewer than three accept no other number than their own.</summary>
    public static IReadOnlyList<SchemaStep> All { get; } =
        [new(1, Tables.Sql + Functions.Sql, Reader: 3), new(2, OpenBatch.Sql, Reader: 3), new(3, Retention.Sql, Reader: 3)];

    /// <summary>How many steps a release must know for a store of this one. <c>cluster.schema_level</c> has it, which is never lowered.</summary>
    public static int Reader => All.Max(s => s.Reader);

    /// <summary>What to say to a release that knows too few of them.</summary>
    public static string WhyTooOld(string place, int level) =>
        $"{place} was written by a newer release (it needs schema step {level}; this one knows {All.Count}). Start that release again, or "
        + "restore the backup made before the upgrade.";
}
