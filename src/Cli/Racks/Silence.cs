namespace Gantry.Cli;

/// <summary>What the time of the last answer says of a device.</summary>
internal static class Silence
{
    // Devices are asked every 60 s and an answer is recorded when the last one is 2 minutes old: an age of 3 minutes is ordinary, and three
    // misses on top are a fact.
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(6);

    public static string Of(Session session, DateTimeOffset? seen, string whenGood) =>
        seen is not { } at ? "unknown" : session.Host.Clock.GetUtcNow() - at > s_longest ? "unreachable" : whenGood;
}
