using System.Diagnostics.CodeAnalysis;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Attested platform ids, <c>prefix:part:revision:serial</c>.</summary>
public static class TqPlatformId
{
    private const string Prefix = "PDV2";

    /// <summary>The id of a baseboard.</summary>
    public static string Of(BaseboardId id, long revision) => $"{Prefix}:{id.PartNumber}:{revision:000}:{id.SerialNumber}";

    /// <summary>The baseboard of an id.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BaseboardId? id)
    {
        var parts = text.Split(':');
        id = parts.Length == 4 && BaseboardId.TryParse($"{parts[1]}:{parts[3]}", out var parsed) ? parsed : null;
        return id is not null;
    }
}
