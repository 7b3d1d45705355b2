namespace Gantry.Chaos;

/// <summary>How sure a client is of what came of its call.</summary>
internal enum Certainty
{
    /// <summary>Done, with a reply.</summary>
    Accepted,

    /// <summary>Certainly not done.</summary>
    NotDone,

    /// <summary>Done or not.</summary>
    Unknown,
}

/// <summary>One call of a client, from its sending to its end; times of one clock.</summary>
internal sealed record Operation
{
    public required string Cell { get; init; }

    public required string Verb { get; init; }

    public long Number { get; init; }

    public string? Text { get; init; }

    public required long Invoked { get; init; }

    public required long Returned { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>The outcome's word.</summary>
    public string Outcome { get; init; } = "";

    /// <summary>The cell's revision after it, when accepted.</summary>
    public long Revision { get; init; }

    /// <summary>What was read, or stands after it.</summary>
    public long Value { get; init; }

    public long Count { get; init; }

    public override string ToString() =>
        $"{Verb} {Number}{Text} of {Cell} [{Invoked}, {Returned}] {Certainty} at {Revision}, value {Value}, count {Count}";
}
