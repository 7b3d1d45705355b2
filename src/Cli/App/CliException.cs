namespace Gantry.Cli;

/// <summary>Ends a run with a four-part error: what, why, now, next.</summary>
internal sealed class CliException(int exitCode, string what) : Exception(what)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The reason's code, shown in brackets and for <c>gantry explain</c>.</summary>
    public string? Code { get; init; }

    public IReadOnlyList<string> Why { get; init; } = [];

    public string? Next { get; init; }

    public string? RequestId { get; init; }
}
