using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The state as <c>trust-quorum-state.json</c> on each of a sled's internal drives, replaced as a whole and synced. A copy less is survived: at
/// least one must be written, and the one of the highest generation is read. Copies that are behind are told and written again at load. Holds shares in clear: give it folders only this sled can read.
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

    /// <summary>
    /// Told of a copy that was not written or cannot be read while another one still serves: the sled is one drive from losing its shares. May be
    /// called from any thread and must return soon.
    /// </summary>
    public Action<TqDriveTrouble>? OnTrouble { get; init; }

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
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var folder in _folders)
        {
            try
            {
                if (Read(Path.Combine(folder, StateFile)) is not var (generation, state))
                {
                    continue;
                }

                found.Add(folder, generation);
                if (newest is null || generation > _generation)
                {
                    newest?.Forget();
                    newest = state;
                    _generation = generation;
                }
                else
                {
                    state.Forget();
                }
            }
            catch (Exception e) when (e is TqWireException or IOException or UnauthorizedAccessException)
            {
                damage = e as TqWireException ?? new TqWireException($"the state in {folder} cannot be read: {e.GetType().Name}");
                OnTrouble?.Invoke(new TqDriveTrouble(folder, IsDamaged: true, damage.Message));
            }
        }

        if (newest is null)
        {
            // A node that forgot its shares would take part again as if new: better none at all.
            return damage is not null ? throw damage : null;
        }

        Mend(newest, [.. _folders.Where(f => found.GetValueOrDefault(f) != _generation)]);
        return newest;
    }

    // What is behind gets what was read, so that the other drive may fail next.
    private void Mend(TqPersistentState state, ImmutableArray<string> behind)
    {
        if (behind.IsEmpty)
        {
            return;
        }

        using var bytes = new SecretBufferWriter(FileBytesMax);
        TqStateJson.Write(bytes, _generation, state);
        foreach (var folder in behind)
        {
            TryWrite(folder, StateFile, bytes.WrittenMemory);
        }
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
            if (TryWrite(folder, name, bytes) is { } error)
            {
                last = error;
            }
            else
            {
                written++;
            }
        }

        if (written == 0)
        {
            throw last ?? new IOException($"{name} was written nowhere");
        }
    }

    private IOException? TryWrite(string folder, string name, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            DurableFile.Replace(Path.Combine(folder, name), bytes.Span);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OnTrouble?.Invoke(new TqDriveTrouble(folder, IsDamaged: false, e.Message));
            return e as IOException ?? new IOException(e.Message, e);
        }
    }
}

/// <summary>A drive that does not hold what it should while another one does.</summary>
/// <param name="Folder">The drive's folder.</param>
/// <param name="IsDamaged">Its copy cannot be read; else one could not be written.</param>
/// <param name="Why">What the system says. Nothing secret.</param>
public sealed record TqDriveTrouble(string Folder, bool IsDamaged, string Why);
