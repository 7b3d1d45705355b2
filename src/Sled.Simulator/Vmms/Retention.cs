namespace Gantry.Sled.Simulator;

/// <summary>How long an ended VMM stays readable when nobody takes it over (D5).</summary>
internal static class Retention
{
    public static readonly TimeSpan AfterServed = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan Absolute = TimeSpan.FromHours(24);

    public static bool IsOver(Vmm vmm, DateTimeOffset now) =>
        (vmm.TerminalServed is { } served && now - served >= AfterServed)
        || (vmm.TerminalSince is { } since && now - since >= Absolute);
}
