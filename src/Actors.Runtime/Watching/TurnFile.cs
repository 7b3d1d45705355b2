using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gantry.Actors.Runtime;

/// <summary>
/// What the code of areas is at, in a file that is mapped into memory: it outlives the process, though not the machine, and costs a copy of
/// some bytes and no I/O. The next start reads in it whose code ran when the process ended (engine 4.4, decision 0006). Thread-safe; each slot
/// has one writer.
/// </summary>
internal sealed class TurnFile : IDisposable
{
    /// <summary>Marks at once: a turn and an encoding per lane and the folds of their loads. Work without a slot leaves no trace.</summary>
    public const int SlotsMax = 64;

    private const int SlotBytes = 256;
    private const int TextBytesMax = SlotBytes - sizeof(int);

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _bytes;
    private readonly Stack<int> _free = new(Enumerable.Range(0, SlotsMax).Reverse());
    private readonly Lock _gate = new();

    private TurnFile(string path, FileStream stream)
    {
        _path = path;
        _file = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, SlotsMax * SlotBytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, SlotsMax * SlotBytes);
        _bytes = _view.SafeMemoryMappedViewHandle;
    }

    /// <summary>Reads what an earlier process left, and begins anew.</summary>
    /// <exception cref="IOException">The file cannot be made, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The file of turns owns the stream by way of its mapping")]
    public static (TurnFile File, ImmutableArray<TurnLeft> Left) Open(string path)
    {
        var before = new byte[SlotsMax * SlotBytes];
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var read = stream.ReadAtLeast(before, before.Length, throwOnEndOfStream: false);

            // Blocks of the disk, and not a hole: to touch a mapped page that the disk has no room for ends the process.
            stream.Position = 0;
            stream.Write(new byte[before.Length]);
            stream.Flush();
            stream.SetLength(before.Length);
            return (new TurnFile(path, stream), LeftIn(before.AsSpan(0, read)));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>A place for one mark; null when all are taken.</summary>
    public int? Take()
    {
        lock (_gate)
        {
            return _free.TryPop(out var slot) ? slot : null;
        }
    }

    /// <summary>The place is free again.</summary>
    public void Return(int slot)
    {
        End(slot);
        lock (_gate)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Work on an entity begins.</summary>
    public void Begin(int slot, EntityAddress entity, string what)
    {
        if (_bytes.IsClosed)
        {
            return; // a thread that hung came back after the engine was gone
        }

        Span<byte> line = stackalloc byte[SlotBytes];
        var text = line[sizeof(int)..];
        var length = 0;
        foreach (var part in (ReadOnlySpan<string>)[entity.Kind, "/", entity.Key, " ", what])
        {
            // Never cut: an address has at most 120 bytes, and names of types and pieces of work fit into the rest.
            if (!Encoding.UTF8.TryGetBytes(part, text[length..], out var written))
            {
                break;
            }

            length += written;
        }

        BinaryPrimitives.WriteInt32LittleEndian(line, length);
        _bytes.WriteSpan<byte>((ulong)(slot * SlotBytes), line[..(sizeof(int) + length)]);
    }

    /// <summary>It has ended.</summary>
    public void End(int slot)
    {
        if (!_bytes.IsClosed)
        {
            _bytes.WriteSpan<byte>((ulong)(slot * SlotBytes), [0, 0, 0, 0]);
        }
    }

    /// <summary>Closes it and removes it: who stops in order leaves nothing behind.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    // What cannot be read is left aside: a process may have ended in the middle of a mark.
    private static ImmutableArray<TurnLeft> LeftIn(ReadOnlySpan<byte> bytes)
    {
        var left = ImmutableArray.CreateBuilder<TurnLeft>();
        for (; bytes.Length >= SlotBytes; bytes = bytes[SlotBytes..])
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (length is <= 0 or > TextBytesMax)
            {
                continue;
            }

            var parts = Encoding.UTF8.GetString(bytes.Slice(sizeof(int), length)).Split(' ', 2);
            if (parts.Length == 2 && EntityAddress.TryParse(parts[0], out var entity))
            {
                left.Add(new TurnLeft(entity.Value, parts[1]));
            }
        }

        return left.ToImmutable();
    }
}

/// <summary>Work that was going on when an earlier process ended.</summary>
/// <param name="Entity">Whose it was.</param>
/// <param name="What">The command, or the piece of work.</param>
internal readonly record struct TurnLeft(EntityAddress Entity, string What);
