using Xunit;

namespace Gantry.Tests;

/// <summary>A fact that needs the published API documents; skipped with a message where they are not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFolderFactAttribute : FactAttribute
{
    public SharedFolderFactAttribute()
    {
        if (SharedFolder.OpenApi is null)
        {
            Skip = "no folder shared/openapi beside the repository: wire shapes are not checked here";
        }
    }
}
