namespace Gantry.Chaos;

/// <summary>What a wrong history means for whoever relied on the engine.</summary>
internal enum FindingKind
{
    /// <summary>Something was acknowledged and is not there.</summary>
    LostAcknowledgement,

    /// <summary>Something happened twice, or though it was answered as not done.</summary>
    DuplicateEffect,

    /// <summary>What was seen fits no order.</summary>
    Order,

    /// <summary>A device was set to what nobody wanted, or never to what was wanted.</summary>
    Device,

    /// <summary>Something does not answer though all has healed.</summary>
    Dark,
}

/// <summary>One thing that a checker found wrong.</summary>
internal sealed record Finding(FindingKind Kind, string What)
{
    public override string ToString() => $"{Kind}: {What}";
}
