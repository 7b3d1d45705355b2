using System.Collections.Immutable;
using System.Text.Json;

namespace Gantry.TrustQuorum.Protocol;

/// <summary><c>lrtq-share.json</c> on each of a sled's internal drives: any copy that can be read will do, for they never change.</summary>
public sealed class LrtqFileStore(ImmutableArray<string> folders) : ILrtqStore
{
    /// <summary>Name of the file.</summary>
    public const string ShareFile = "lrtq-share.json";

    /// <summary>Largest file read: 255 digests in hex.</summary>
    private const int FileBytesMax = 64 << 10;

    /// <inheritdoc/>
    public LrtqShareData? Load()
    {
        TqWireException? damage = null;
        foreach (var path in folders.Select(f => Path.Combine(f, ShareFile)).Where(File.Exists))
        {
            try
            {
                using var bytes = DurableFile.Read(path, FileBytesMax);
                return LrtqJson.Read(bytes.Span);
            }
            catch (Exception e) when (e is TqWireException or IOException or UnauthorizedAccessException)
            {
                damage = e as TqWireException ?? new TqWireException($"{path} cannot be read: {e.GetType().Name}");
            }
        }

        // A sled of an older rack that takes itself for a new one would never unlock: better it says so.
        return damage is null ? null : throw damage;
    }

    /// <summary>Writes the share to every drive, as the older scheme did when the rack was set up. For simulators.</summary>
    /// <exception cref="IOException">A drive cannot be written.</exception>
    public void Write(LrtqShareData lrtq)
    {
        using var bytes = new SecretBufferWriter(FileBytesMax);
        using (var json = new Utf8JsonWriter(bytes))
        {
            LrtqJson.Write(json, lrtq);
        }

        foreach (var folder in folders)
        {
            Directory.CreateDirectory(folder);
            DurableFile.Replace(Path.Combine(folder, ShareFile), bytes.Written);
        }
    }
}
