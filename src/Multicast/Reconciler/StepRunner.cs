using Gantry.Devices;

namespace Gantry.Multicast;

/// <summary>How one call to a switch went.</summary>
/// <param name="Error">Null when it was answered with success.</param>
/// <param name="IsSilent">The switch did not answer: the rest of the turn is pointless.</param>
/// <param name="IsDiverged">Soft state and chip disagree (switch-dpd E1): the group has to be rebuilt.</param>
/// <param name="IsTaken">The object exists in soft state.</param>
/// <param name="Status">The status of a refusal; 0 for everything else.</param>
internal readonly record struct StepEnd(string? Error, bool IsSilent, bool IsDiverged, bool IsTaken, int Status)
{
    /// <summary>It was not sent, for a reason that lies here: nothing is known of the switch. As pointless to go on as with a silent one.</summary>
    public bool IsUnsent { get; init; }

    /// <summary>The call broke off inside the daemon. 418 is a fault made on purpose and treated alike (switch-dpd D13).</summary>
    public bool IsFault => IsFaultStatus(Status);

    /// <summary>A table of the chip has no room: asking again at once is pointless (switch-dpd D8).</summary>
    public bool IsFull => Status == 507;

    public static bool IsFaultStatus(int status) => status is 500 or 418;
}

/// <summary>Carries a step of a plan out: all multicast writes of a switch are one sequence (switch-dpd 3.6).</summary>
internal static class StepRunner
{
    /// <summary>Runs one step.</summary>
    public static async ValueTask<StepEnd> RunAsync(ISwitchPort port, SwitchStep step, CancellationToken ct) => step switch
    {
        SwitchStep.ResetTag s => EndOf("reset by tag", await port.ResetTagAsync(s.Tag, ct).ConfigureAwait(false), isRemoval: true),
        SwitchStep.Delete s => EndOf(
            $"delete {s.Address}", await port.DeleteGroupAsync(s.Address.ToString(), s.Tag, ct).ConfigureAwait(false), isRemoval: true),
        SwitchStep.CreateUnderlay s => EndOf(
            $"create underlay group {s.Body.Address}", await port.CreateUnderlayAsync(s.Body, ct).ConfigureAwait(false), is500Diverged: true),
        SwitchStep.SetMembers s => EndOf(
            $"set members of {s.Address}", await port.SetMembersAsync(s.Address.ToString(), s.Tag, s.Members, ct).ConfigureAwait(false)),
        SwitchStep.CreateExternal s => EndOf(
            $"create external group {s.Body.Address}", await port.CreateExternalAsync(s.Body, ct).ConfigureAwait(false)),
        SwitchStep.UpdateExternal s => EndOf(
            $"update external group {s.Body.Address}", await port.UpdateExternalAsync(s.Body, ct).ConfigureAwait(false)),
        _ => new StepEnd($"unknown step {step.GetType().Name}", false, false, false, 0),
    };

    // Tags and addresses are known to be valid: a removal that is refused with 400 meets an object that is still referenced (F6).
    private static StepEnd EndOf<T>(string what, DeviceOutcome<T> outcome, bool isRemoval = false, bool is500Diverged = false) =>
        outcome switch
        {
            DeviceOutcome<T>.Answered => default,
            DeviceOutcome<T>.Rejected { Status: 404, ErrorCode: not null } when isRemoval => default,
            DeviceOutcome<T>.Rejected r => new StepEnd(
                r.Status == 507 ? $"{what}: switch full: {r.Message}" : $"{what}: {outcome.Describe()}",
                IsSilent: false,
                IsDiverged: r is { Status: 404 or 409, ErrorCode: null }
                    || (is500Diverged && StepEnd.IsFaultStatus(r.Status)) || (isRemoval && r.Status == 400),
                IsTaken: r is { Status: 409, ErrorCode: not null },
                r.Status),
            DeviceOutcome<T>.Garbled => new StepEnd($"{what}: {outcome.Describe()}", false, false, false, 0),
            _ => new StepEnd($"{what}: {outcome.Describe()}", IsSilent: true, false, false, 0) { IsUnsent = outcome is DeviceOutcome<T>.Overloaded },
        };
}
