using System.Globalization;

namespace Gantry.Api;

/// <summary>
/// Calls that API versions 2025_11_20 up to before 2026_01_08 answer with 410 (multicast 11.4): explicit groups had been taken away there. Everything
/// else of versions that old is not served (operator-experience 5).
/// </summary>
internal static class OldGroupCalls
{
    private const int GoneSince = 20251120;
    private const int GoneUntil = 20260108;

    private static readonly string[] s_gone =
    [
        "multicast_group_create", "multicast_group_update", "multicast_group_delete", "multicast_group_member_add", "multicast_group_member_remove",
    ];

    /// <summary>The 410, or null when the version or the operation is none of these.</summary>
    public static Failure? WhyGone(string version, string operation) =>
        Array.IndexOf(s_gone, operation) >= 0 && DayOf(version) is >= GoneSince and < GoneUntil
            ? new Failure
            {
                Status = 410,
                Message = $"api-version {version} has no explicit multicast groups",
                Reason = ApiErrors.BadApiVersion,
                Remedy = "leave the header away to get the newest version, which has them again",
            }
            : null;

    // Versions are written YYYYMMDDNN.0.0.
    private static int? DayOf(string version) =>
        version.Length == 14
        && version.EndsWith(".0.0", StringComparison.Ordinal)
        && int.TryParse(version.AsSpan(0, 8), NumberStyles.None, CultureInfo.InvariantCulture, out var day)
            ? day
            : null;
}
