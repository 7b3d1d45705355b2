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
}
