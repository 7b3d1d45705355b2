using Xunit;

namespace Gantry.Tests;

/// <summary>Tests that take the whole machine: they run after the others of their assembly, one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>What such tests name.</summary>
    public const string Name = "alone";
}
