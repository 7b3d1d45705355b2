using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Limits and forms of what may be asked for (vmm 4.1). Pure.</summary>
internal static class InstanceRules
{
    public static Refusal? WhyNot(string name, string description, InstanceConfig config)
    {
        if (ObjectName.WhyNot(name) is { } why)
        {
            return InstancesErrors.BadName(name, why);
        }

        if (description.Length > ObjectName.DescriptionLengthMax)
        {
            return InstancesErrors.BadDescription(description.Length);
        }

        return IsHostname(config.Hostname) ? WhyNot(config) : InstancesErrors.BadHostname(config.Hostname);
    }

    public static Refusal? WhyNot(InstanceConfig config)
    {
        if (config.Cpus is < 1 or > InstancesLimits.CpusMax)
        {
            return InstancesErrors.BadCpus(config.Cpus);
        }

        if (config.MemoryBytes is < InstancesLimits.MemoryStepBytes or > InstancesLimits.MemoryBytesMax
            || config.MemoryBytes % InstancesLimits.MemoryStepBytes != 0)
        {
            return InstancesErrors.BadMemory(config.MemoryBytes);
        }

        if (config.CpuPlatform is { } platform && !CpuPlatforms.IsKnown(platform))
        {
            return InstancesErrors.BadPlatform(platform);
        }

        return config.AutoRestartPolicy is null or "never" or "best_effort"
            ? null
            : InstancesErrors.BadRestartPolicy(config.AutoRestartPolicy);
    }

    /// <summary>The first member that differs and may only change without a VMM; null when there is none.</summary>
    public static string? FixedMemberThatDiffers(InstanceConfig stored, InstanceConfig wanted)
    {
        if (stored.Cpus != wanted.Cpus)
        {
            return "ncpus";
        }

        if (stored.MemoryBytes != wanted.MemoryBytes)
        {
            return "memory";
        }

        if (stored.EnableJumboFrames != wanted.EnableJumboFrames)
        {
            return "enable_jumbo_frames";
        }

        return stored.CpuPlatform == wanted.CpuPlatform ? null : "cpu_platform";
    }

    private static bool IsHostname(string text) =>
        text.Length is > 0 and <= InstancesLimits.HostnameLengthMax && text.Split('.').All(IsLabel);

    private static bool IsLabel(string label) =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
