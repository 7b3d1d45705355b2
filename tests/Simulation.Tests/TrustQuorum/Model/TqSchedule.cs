using System.Collections.Immutable;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>How large a simulated rack is and how long it is shaken.</summary>
/// <param name="Universe">Sleds there are.</param>
/// <param name="MembersFirst">Members of the first configuration.</param>
/// <param name="MembersMax">Most members later.</param>
/// <param name="StepsMin">Fewest steps.</param>
/// <param name="StepsMax">Most steps.</param>
internal sealed record TqScale(int Universe, int MembersFirst, int MembersMax, int StepsMin, int StepsMax)
{
    /// <summary>A quorum of five.</summary>
    public static readonly TqScale Five = new(8, 5, 5, 150, 300);

    /// <summary>That of the source's property test (tq 8.4).</summary>
    public static readonly TqScale Source = new(16, 0, 12, 300, 1_999);
}

/// <summary>All that happens to one rack, following from a seed.</summary>
internal sealed record TqSchedule(ulong Seed, TqScale Scale, ImmutableArray<TqStep> Steps)
{
    public static TqSchedule Of(ulong seed, TqScale scale)
    {
        var dice = new TqDice(seed ^ 0x5CED_0000_0000_0001);
        var steps = ImmutableArray.CreateBuilder<TqStep>(scale.StepsMin + dice.Next(scale.StepsMax - scale.StepsMin + 1));
        for (var i = 0; i < steps.Capacity; i++)
        {
            steps.Add(new TqStep(TqWeights.Draw(dice, isShort: scale != TqScale.Source), dice.NextUInt64()));
        }

        return new TqSchedule(seed, scale, steps.MoveToImmutable());
    }
}
