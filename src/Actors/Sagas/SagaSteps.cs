using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Checks the list of steps of one version once, before it is used.</summary>
internal static class SagaSteps
{
    public static ImmutableArray<SagaStep<TData>> Checked<TData>(string saga, int version, ImmutableArray<SagaStep<TData>> steps)
        where TData : class
    {
        if (steps.IsDefaultOrEmpty)
        {
            throw new InvalidOperationException(
                $"saga {saga} has no steps of version {version}; keep EarlierSteps until no saga of it runs");
        }

        if (steps.Length > SagaLimits.StepsMax)
        {
            throw new InvalidOperationException($"saga {saga} has {steps.Length} steps, at most {SagaLimits.StepsMax} are possible");
        }

        if (steps[0].When is not null)
        {
            throw new InvalidOperationException($"saga {saga}: the first step is always wanted");
        }

        if (steps.FirstOrDefault(s => !IsName(s.Name)) is { } wrong)
        {
            throw new InvalidOperationException(
                $"saga {saga}: \"{wrong.Name}\" is not a step name; use lower case letters, digits and dashes");
        }

        if (steps.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"saga {saga} has two steps named {twice.Key}; tokens are made of the name");
        }

        return steps;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 32 && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
