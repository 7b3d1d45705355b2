namespace Gantry.Simulation.TrustQuorum;

/// <summary>A property of tq 8 that does not hold.</summary>
internal sealed class TqViolation(string property, string what) : Exception($"{property}: {what}")
{
    public string Property { get; } = property;

    public static void Unless(bool holds, string property, string what)
    {
        if (!holds)
        {
            throw new TqViolation(property, what);
        }
    }
}
