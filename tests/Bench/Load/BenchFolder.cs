namespace Gantry.Bench;

/// <summary>Room on the disk that is measured, gone at the end.</summary>
internal sealed class BenchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gantry-bench-");
    private int _made;

    public string Path => _folder.FullName;

    /// <summary>A new folder in it.</summary>
    public string New() => _folder.CreateSubdirectory($"{++_made}").FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
