namespace Gantry.Switch.Simulator;

/// <summary>How true to the real daemon a simulated switch is (switch-dpd, head of the document).</summary>
public enum SwitchMode
{
    /// <summary>Every operation is all or nothing.</summary>
    Strict,

    /// <summary>The known behaviours K1 to K18 of the real daemon, partial failures included.</summary>
    Faithful,
}
