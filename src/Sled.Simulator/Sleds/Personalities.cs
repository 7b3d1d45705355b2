namespace Gantry.Sled.Simulator;

/// <summary>Releases of the sled agent that the simulator can be (vmm 3.8).</summary>
public static class Personalities
{
    /// <summary>Sends a body and forgets an ended VMM as soon as it was answered.</summary>
    public const string R19 = "R19";

    /// <summary>Sends a body and keeps ended VMMs as section 3.6 says.</summary>
    public const string R20 = "R20";

    /// <summary>Rings only.</summary>
    public const string R21 = "R21";
}

/// <summary>How the hypervisor of a simulated sled gets on.</summary>
public static class SledModes
{
    /// <summary>What is queued happens by itself after a delay.</summary>
    public const string Auto = "auto";

    /// <summary>What is queued happens when poked.</summary>
    public const string Explicit = "explicit";
}

/// <summary>Settings of one sled that can change while it runs; null leaves one alone.</summary>
public sealed record SledSettings
{
    /// <summary><c>auto</c> or <c>explicit</c>.</summary>
    public string? Mode { get; init; }

    /// <summary><c>R19</c>, <c>R20</c> or <c>R21</c>.</summary>
    public string? Personality { get; init; }

    /// <summary>How long a stop may take before the VMM is killed.</summary>
    public int? StopGraceMs { get; init; }

    /// <summary>Power state that the management gateway shows: <c>A0</c>, <c>A1</c> or <c>A2</c>.</summary>
    public string? Power { get; init; }

    /// <summary>Serial that the management gateway shows in the sled's slot, as after a swap of hardware; null: the sled's own.</summary>
    public string? SpSerial { get; init; }

    /// <summary>Delay of auto mode.</summary>
    public int? AutoDelayMs { get; init; }

    /// <summary>Null when all values are allowed, else which is not.</summary>
    internal string? WhyNot()
    {
        if (Mode is not (null or SledModes.Auto or SledModes.Explicit))
        {
            return $"mode \"{Mode}\" is not auto or explicit";
        }

        if (Personality is not (null or Personalities.R19 or Personalities.R20 or Personalities.R21))
        {
            return $"personality \"{Personality}\" is not R19, R20 or R21";
        }

        if (Power is not (null or "A0" or "A1" or "A2"))
        {
            return $"power \"{Power}\" is not A0, A1 or A2";
        }

        return StopGraceMs < 0 || AutoDelayMs < 0 ? "a delay is not negative" : null;
    }

    /// <summary>These settings where given, else the former ones.</summary>
    internal SledSettings Over(SledSettings former) => new()
    {
        Mode = Mode ?? former.Mode,
        Personality = Personality ?? former.Personality,
        StopGraceMs = StopGraceMs ?? former.StopGraceMs,
        Power = Power ?? former.Power,
        SpSerial = SpSerial ?? former.SpSerial,
        AutoDelayMs = AutoDelayMs ?? former.AutoDelayMs,
    };
}
