namespace Gantry.Actors.Kernel;

/// <summary>
/// Safety lines that the simulator switches off, one at a time, to prove that it would notice (engine 11.1). Always none outside it:
/// nothing but <c>Actors.Simulation</c> can set them.
/// </summary>
[Flags]
internal enum KernelMutations
{
    None = 0,

    /// <summary>Answers without events leave without a proof that the lane is still ours.</summary>
    NoConfirm = 1,

    /// <summary>A doorbell is taken whatever came before it.</summary>
    NoPrevious = 2,

    /// <summary>A load of an earlier epoch is taken.</summary>
    NoLoadStamp = 4,

    /// <summary>A replaced timer stays in hand.</summary>
    NoTimerOut = 8,

    /// <summary>A commit whose answer was lost is taken for not done.</summary>
    NoResolve = 16,

    /// <summary>The state looked ahead to stays when its batch failed.</summary>
    NoRollBack = 32,

    /// <summary>Answers leave when the batch is sent, not when it is committed.</summary>
    EarlyAnswers = 64,

    /// <summary>A node judges others by what it saw before a pause of its own or an outage.</summary>
    NoQuiet = 128,
}
