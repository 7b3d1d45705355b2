namespace Gantry.Cli;

/// <summary>One line of <c>status</c>.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Text">How it stands, in numbers.</param>
/// <param name="Needs">What an operator must look at; empty when all is well.</param>
internal sealed record StatusLine(string Subject, string Text, IReadOnlyList<StatusNeed> Needs)
{
    /// <summary>What stands out, beside the numbers; empty when nothing does.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>Something that waits for an operator: which object, which condition, since when, and the command that leads on.</summary>
internal sealed record StatusNeed(string What, string Next, DateTimeOffset? Since = null);
