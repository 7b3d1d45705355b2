using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Says of a test what belongs to a node that is alone, and leaves it out, by name, where there are several (<see cref="TestCluster"/>).</summary>
internal sealed class OneNodeFactAttribute : FactAttribute
{
    public OneNodeFactAttribute(string why) => Skip = TestCluster.Nodes > 1 ? why : null;
}
