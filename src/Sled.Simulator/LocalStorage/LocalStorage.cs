using System.Collections.Concurrent;

namespace Gantry.Sled.Simulator;

/// <summary>Local-storage datasets of a sled, as far as that they are there or not. A restart keeps them: they are on disk.</summary>
internal sealed class LocalStorage
{
    /// <summary>Datasets of one sled; ten pools with room for many.</summary>
    public const int Max = 4_096;

    private readonly ConcurrentDictionary<(Guid Pool, Guid Dataset, bool IsEncrypted), long> _datasets = new();

    public int Count => _datasets.Count;

    public SledError? Ensure(LocalStorageEnsureBody body)
    {
        if (body.VolumeSize > body.DatasetSize)
        {
            return SledError.Invalid($"volume_size {body.VolumeSize} is larger than dataset_size {body.DatasetSize}");
        }

        if (_datasets.Count >= Max)
        {
            return new SledError(503, null, "no room for another dataset");
        }

        _datasets[(body.ZpoolId, body.DatasetId, body.EncryptedAtRest)] = body.DatasetSize;
        return null;
    }

    public void Delete(LocalStorageDeleteBody body) => _datasets.TryRemove((body.ZpoolId, body.DatasetId, body.EncryptedAtRest), out _);
}

internal sealed record LocalStorageEnsureBody
{
    public required Guid DatasetId { get; init; }

    public required long DatasetSize { get; init; }

    public required bool EncryptedAtRest { get; init; }

    public required long VolumeSize { get; init; }

    public required Guid ZpoolId { get; init; }
}

internal sealed record LocalStorageDeleteBody
{
    public required Guid DatasetId { get; init; }

    public required bool EncryptedAtRest { get; init; }

    public required Guid ZpoolId { get; init; }
}
