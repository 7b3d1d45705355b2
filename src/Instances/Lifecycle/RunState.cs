using Gantry.Contracts;

namespace Gantry.Instances;

/// <summary>The external state: the complete table of vmm 1.8, first matching row wins. Pure.</summary>
internal static class RunState
{
    /// <summary>The word for a combination.</summary>
    /// <param name="state">Internal state.</param>
    /// <param name="isMigrating">A migration id is set.</param>
    /// <param name="vmm">State of the active VMM; null when it is missing.</param>
    public static string Of(string state, bool isMigrating, string? vmm) => state switch
    {
        InstanceWords.Creating => RunStates.Creating,
        InstanceWords.NoVmm => RunStates.Stopped,
        InstanceWords.Failed => RunStates.Failed,
        InstanceWords.Destroyed => RunStates.Destroyed,
        _ => OfVmm(isMigrating, vmm),
    };

    /// <summary>The two combinations of the table that nothing may bring about: an active VMM that is missing, and one where none belongs.</summary>
    public static bool IsBroken(InstanceRow row) => (row.State == InstanceWords.Vmm) != (row.ActiveVmm is not null && row.Sled is not null);

    // "stopped" and "failed" are shown only when a start can succeed now: a dead VMM that is still linked holds its room.
    private static string OfVmm(bool isMigrating, string? vmm) => vmm switch
    {
        null => RunStates.Stopped,
        _ when isMigrating => RunStates.Migrating,
        VmmWords.Creating or VmmWords.Starting => RunStates.Starting,
        VmmWords.Running => RunStates.Running,
        VmmWords.Stopping or VmmWords.Stopped or VmmWords.Destroyed or VmmWords.Failed => RunStates.Stopping,
        VmmWords.Rebooting => RunStates.Rebooting,
        VmmWords.Migrating => RunStates.Migrating,
        _ => RunStates.Failed,
    };
}
