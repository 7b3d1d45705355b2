namespace Gantry.Bench;

/// <summary>A group of measurements with what they are compared to, all in the same run on the same machine (engine 12).</summary>
internal interface IBenchSuite
{
    /// <summary>The word on the command line.</summary>
    string Name { get; }

    /// <summary>Runs only when named: it takes long and compares nothing.</summary>
    bool IsOnDemand => false;

    /// <summary>Measures, each for about the duration; lines for people go to the output as they come.</summary>
    IAsyncEnumerable<BenchResult> RunAsync(TimeSpan duration, TextWriter output, CancellationToken ct);

    /// <summary>Measures what the order names; a suite of one piece measures all of it.</summary>
    IAsyncEnumerable<BenchResult> RunAsync(BenchOrder order, TextWriter output, CancellationToken ct) => RunAsync(order.Duration, output, ct);
}

/// <summary>How long each measurement takes, and which of a suite are wanted; none named is all.</summary>
internal sealed record BenchOrder(TimeSpan Duration, IReadOnlyList<string> Only)
{
    public bool Wants(string id) => Only.Count == 0 || Only.Contains(id, StringComparer.OrdinalIgnoreCase);
}
