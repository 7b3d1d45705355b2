using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>How one group's steps went on a switch.</summary>
/// <param name="Error">Null when every step was answered with success.</param>
/// <param name="IsSilent">The switch did not answer: the rest of the turn is pointless.</param>
/// <param name="IsDiverged">Soft state and chip disagree (switch-dpd E1): the group has to be rebuilt.</param>
internal readonly record struct StepsEnd(string? Error, bool IsSilent, bool IsDiverged);

/// <summary>Carries a plan out, one call after another: all multicast writes of a switch are one sequence (switch-dpd 3.6).</summary>
internal static class StepRunner
{
    /// <summary>Runs one group's steps up to the first that fails.</summary>
    public static async ValueTask<StepsEnd> RunAsync(ISwitchPort port, GroupWork work, CancellationToken ct)
    {
        foreach (var step in work.Steps)
        {
            var end = await RunAsync(port, step, ct).ConfigureAwait(false);
            if (end.Error is not null)
            {
                return end;
            }
        }

        return default;
    }

    private static async ValueTask<StepsEnd> RunAsync(ISwitchPort port, SwitchStep step, CancellationToken ct) => step switch
    {
        SwitchStep.ResetTag s => EndOf("reset by tag", await port.ResetTagAsync(s.Tag, ct).ConfigureAwait(false)),
        SwitchStep.Delete s => EndOf(
            $"delete {s.Address}", await port.DeleteGroupAsync(s.Address.ToString(), s.Tag, ct).ConfigureAwait(false), isGoneFine: true),
        SwitchStep.CreateUnderlay s => EndOf(
            $"create underlay group {s.Body.Address}", await port.CreateUnderlayAsync(s.Body, ct).ConfigureAwait(false), is500Diverged: true),
        SwitchStep.SetMembers s => EndOf(
            $"set members of {s.Address}", await port.SetMembersAsync(s.Address.ToString(), s.Tag, s.Members, ct).ConfigureAwait(false)),
        SwitchStep.CreateExternal s => EndOf(
            $"create external group {s.Body.Address}", await port.CreateExternalAsync(s.Body, ct).ConfigureAwait(false)),
        SwitchStep.UpdateExternal s => EndOf(
            $"update external group {s.Body.Address}", await port.UpdateExternalAsync(s.Body, ct).ConfigureAwait(false)),
        _ => new StepsEnd($"unknown step {step.GetType().Name}", false, false),
    };

    private static StepsEnd EndOf<T>(string what, DeviceOutcome<T> outcome, bool isGoneFine = false, bool is500Diverged = false) =>
        outcome switch
        {
            DeviceOutcome<T>.Answered => default,
            DeviceOutcome<T>.Rejected { Status: 404, ErrorCode: not null } when isGoneFine => default,
            DeviceOutcome<T>.Rejected r => new StepsEnd(
                $"{what}: {outcome.Describe()}",
                IsSilent: false,
                IsDiverged: r is { Status: 404 or 409, ErrorCode: null } || (is500Diverged && r.Status == 500)),
            DeviceOutcome<T>.Garbled => new StepsEnd($"{what}: {outcome.Describe()}", IsSilent: false, IsDiverged: false),
            _ => new StepsEnd($"{what}: {outcome.Describe()}", IsSilent: true, IsDiverged: false),
        };
}
