namespace Gantry.Tests;

/// <summary>Finds <c>shared/openapi</c> beside the repository, upwards from the test binary.</summary>
internal static class SharedFolder
{
    /// <summary>The folder; null when this machine has none.</summary>
    public static string? OpenApi { get; } = Find();

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var path = Path.Combine(at.FullName, "shared", "openapi");
            if (Directory.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
