using System.Runtime.InteropServices;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Replaces a file so that after a power cut either the old or the new content is there, and the new one once this returned.</summary>
internal static class DurableFile
{
    private const int ReadOnly = 0;

    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var next = path + ".next";
        using (var handle = File.OpenHandle(next, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, bytes.Length))
        {
            RestrictToOwner(next);
            RandomAccess.Write(handle, bytes, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(next, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path) ?? ".");
    }

    /// <summary>The whole file in pinned memory; the caller disposes it.</summary>
    /// <exception cref="TqWireException">It is empty, larger than the bound, or ends early.</exception>
    public static SecretBytes Read(string path, int sizeMax)
    {
        using var handle = File.OpenHandle(path);
        var length = RandomAccess.GetLength(handle);
        if (length == 0 || length > sizeMax)
        {
            throw new TqWireException($"{path} has {length} bytes; 1 to {sizeMax} are expected");
        }

        var bytes = SecretBytes.Create((int)length);
        for (var at = 0; at < bytes.Length;)
        {
            var read = RandomAccess.Read(handle, bytes.Span[at..], at);
            if (read == 0)
            {
                bytes.Dispose();
                throw new TqWireException($"{path} ends early");
            }

            at += read;
        }

        return bytes;
    }

    private static void RestrictToOwner(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    // The framework cannot open a folder, and without this a rename may be lost. Windows journals renames itself.
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"folder {folder} cannot be opened to sync it: errno {Marshal.GetLastPInvokeError()}");
        }

        var result = Sync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
        {
            throw new IOException($"folder {folder} cannot be synced: errno {error}");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
