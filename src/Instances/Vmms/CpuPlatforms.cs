namespace Gantry.Instances;

/// <summary>Which sled may run which CPU platform (vmm 4.10).</summary>
internal static class CpuPlatforms
{
    public const string Milan = "amd_milan";
    public const string Turin = "amd_turin";
    public const string TurinV2 = "amd_turin_v2";
    public const string SledDefault = "sled_default";

    public static bool IsKnown(string platform) => platform is Milan or Turin or TurinV2;

    /// <summary>Whether an instance may start on a sled. An explicit platform never starts on <c>amd_turin_dense</c>, as in Nexus.</summary>
    public static bool MayStart(string? platform, string family) => platform switch
    {
        null => true,
        Milan => family is "amd_milan" or "amd_turin",
        _ => family is "amd_turin",
    };

    /// <summary>Whether a VMM may move to a sled. What the sled made up by itself moves nowhere.</summary>
    public static bool MayMigrate(string platform, string family) => platform switch
    {
        Milan => family is "amd_milan" or "amd_turin" or "amd_turin_dense",
        Turin or TurinV2 => family is "amd_turin" or "amd_turin_dense",
        _ => false,
    };

    /// <summary>The platform that the VMM gets.</summary>
    public static string OfVmm(string? platform, string family) =>
        platform ?? (family is "amd_milan" or "amd_turin" or "amd_turin_dense" ? Milan : SledDefault);
}
