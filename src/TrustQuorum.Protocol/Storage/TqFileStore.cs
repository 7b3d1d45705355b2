using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The state as <c>trust-quorum-state.json</c> on each of a sled's internal drives, replaced as a whole and synced. A copy less is survived: at
/// least one must be written, and the one of the highest generation is read. Holds shares in clear: give it folders only this sled can read.
/// </summary>
public sealed class TqFileStore : ITqStore
{
    /// <summary>Name of the state file.</summary>
    public const string StateFile = "trust-quorum-state.json";

    /// <summary>Name of the early-network file.</summary>
    public const string NetworkFile = "trust-quorum-network-config.json";

    /// <summary>Largest state file read: 10,000 epochs of 32 members.</summary>
    private const int FileBytesMax = 64 << 20;

    private readonly ImmutableArray<string> _folders;
    private ulong _generation;

    /// <summary>A store over one folder per internal drive; they are made when missing.</summary>
    public TqFileStore(ImmutableArray<string> folders)
    {
        Invariant.Check(folders.Length > 0, "a store needs a folder");
        _folders = folders;
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(folder);
        }
    }

    /// <inheritdoc/>
    public TqPersistentState? Load()
    {
        TqPersistentState? newest = null;
        TqWireException? damage = null;
        foreach (var folder in _folders)
        {
            try
            {
                if (Read(Path.Combine(folder, StateFile)) is var (generation, state) && (newest is null || generation > _generation))
                {
                    newest = state;
                    _generation = generation;
                }
            }
            catch (Exception e) when (e is TqWireException or IOException or UnauthorizedAccessException)
            {
                damage = e as TqWireException ?? new TqWireException($"the state in {folder} cannot be read: {e.GetType().Name}");
            }
        }

        // A node that forgot its shares would take part again as if new: better none at all.
        return newest is null && damage is not null ? throw damage : newest;
    }

    /// <inheritdoc/>
    public void Save(TqPersistentState state)
    {
        using var bytes = new SecretBufferWriter(FileBytesMax);
        TqStateJson.Write(bytes, ++_generation, state);
        WriteAll(StateFile, bytes.WrittenMemory);
    }

    /// <inheritdoc/>
    public TqNetworkConfig? LoadNetworkConfig()
    {
        TqNetworkConfig? newest = null;
        foreach (var path in _folders.Select(f => Path.Combine(f, NetworkFile)).Where(File.Exists))
        {
            try
            {
                var config = JsonSerializer.Deserialize(File.ReadAllBytes(path), TqJson.Default.TqNetworkConfig);
                newest = newest is null || config?.Generation > newest.Generation ? config : newest;
            }
            catch (JsonException)
            {
                // A damaged copy counts as none: peers send theirs at every connect.
            }
        }

        return newest;
    }

    /// <inheritdoc/>
    public void SaveNetworkConfig(TqNetworkConfig config) =>
        WriteAll(NetworkFile, JsonSerializer.SerializeToUtf8Bytes(config, TqJson.Default.TqNetworkConfig));

    private static (ulong Generation, TqPersistentState State)? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var bytes = DurableFile.Read(path, FileBytesMax);
        return TqStateJson.Read(bytes.Span);
    }

    private void WriteAll(string name, ReadOnlyMemory<byte> bytes)
    {
        IOException? last = null;
        var written = 0;
        foreach (var folder in _folders)
        {
            try
            {
                DurableFile.Replace(Path.Combine(folder, name), bytes.Span);
                written++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                last = e as IOException ?? new IOException(e.Message, e);
            }
        }

        if (written == 0)
        {
            throw last ?? new IOException($"{name} was written nowhere");
        }
    }
}
