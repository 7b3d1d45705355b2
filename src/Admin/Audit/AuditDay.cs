using System.Globalization;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary>Both trails have an entity for each day (UTC), and rows that sort by time.</summary>
internal static class AuditDay
{
    public static EntityAddress Of(string kind, DateTimeOffset at) => new(kind, at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
