using System.Globalization;

namespace Gantry.Sled.Simulator;

/// <summary>The epoch whose key a simulated sled's disks have: a label on the disks, so it outlives the process.</summary>
internal sealed class KeyedEpoch(string? folder)
{
    /// <summary>Name of the file.</summary>
    public const string LabelFile = "disks-epoch";

    private readonly string? _path = folder is null ? null : Path.Combine(folder, LabelFile);
    private ulong? _inMemory;

    /// <summary>Null for disks without a label.</summary>
    public ulong? Value
    {
        get => _path is null ? _inMemory
            : File.Exists(_path) && ulong.TryParse(File.ReadAllText(_path), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch
            : null;
        set
        {
            _inMemory = value;
            if (_path is not null && value is { } epoch)
            {
                File.WriteAllText(_path, epoch.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
