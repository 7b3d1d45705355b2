using Gantry.Primitives;

namespace Gantry.Tests;

/// <summary>What an HTTP call throws when the process at the other end dies before, while or after it takes the call.</summary>
internal static class NoAnswer
{
    public static bool Is(Exception e) => ConnectionFailure.Is(e) || e is TaskCanceledException;
}
