namespace Gantry.Devices;

/// <summary>Bounds of an adapter actor (engine 7.1).</summary>
public static class AdapterLimits
{
    /// <summary>Calls waiting; one more is answered <c>Overloaded</c>.</summary>
    public const int MailboxMax = 1024;

    /// <summary>Reads and pulls running at once per device.</summary>
    public const int ReadsMax = 16;

    /// <summary>Failures in a row that turn <c>suspect</c> into <c>down</c>.</summary>
    public const int FailuresUntilDown = 3;

    /// <summary>Restarts after a bug, within <see cref="RestartWindow"/>, after which the adapter stays down.</summary>
    public const int RestartsMax = 3;

    /// <summary>Largest answer body read from a device, in bytes: a page of 10,000 groups with sources fits.</summary>
    public const int AnswerBytesMax = 64 * 1024 * 1024;

    /// <summary>What is kept of a device's own words, in characters: enough to read, far below the bound of a row.</summary>
    internal const int ErrorTextMax = 1_000;

    /// <summary>An adapter counts on a monotonic clock: wall times of one moment that it tells differ by less than this.</summary>
    public static readonly TimeSpan SameMoment = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a device may be <c>suspect</c>.</summary>
    public static readonly TimeSpan SuspectFor = TimeSpan.FromSeconds(10);

    /// <summary>Distance of probes in <c>suspect</c> and <c>down</c>.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    /// <summary>Time without a call after which a device that is down is neither probed nor measured. Ours: ten inventories.</summary>
    internal static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    /// <summary>Window in which restarts are counted.</summary>
    public static readonly TimeSpan RestartWindow = TimeSpan.FromMinutes(5);

    /// <summary>Default deadline of a call to a switch.</summary>
    public static readonly TimeSpan SwitchDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Default deadline of a call to a sled or a management gateway.</summary>
    public static readonly TimeSpan SledDeadline = TimeSpan.FromSeconds(10);

    /// <summary>What an overloaded adapter tells callers to wait.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
}
