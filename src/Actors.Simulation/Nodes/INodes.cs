namespace Gantry.Actors.Simulation;

/// <summary>The processes of a world: one that has everything, or several that share it.</summary>
internal interface INodes
{
    void Begin();

    /// <summary>Nothing goes wrong any more.</summary>
    void Heal();

    /// <summary>The process that a client's next command goes to; null when none is there.</summary>
    SimulatedNode? Choose(Dice dice);

    /// <summary>A process by its incarnation, dead ones included; null when there never was one.</summary>
    SimulatedNode? Find(Incarnation incarnation);

    string? WhyNotQuiet();
}

/// <summary>Whoever waits for the answer of a lane.</summary>
internal interface IReplyTo
{
    void AnsweredBy(SimulatedNode node, Kernel.AskAnswer answer);
}
