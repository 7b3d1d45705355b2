using System.Security.Cryptography;
using System.Text;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>A numbered, forward-only change of the schema. Once released its text never changes: stores remember its checksum.</summary>
internal sealed record SchemaStep(int Level, string Sql)
{
    /// <summary>What stores remember.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}

/// <summary>All steps in order (engine 3.2 and 3.3).</summary>
internal static class SchemaSteps
{
    /// <summary>Steps of this release.</summary>
    public static IReadOnlyList<SchemaStep> All { get; } = [new(1, Tables.Sql + Functions.Sql), new(2, OpenBatch.Sql), new(3, Retention.Sql)];
}
