using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>
/// Turns a lane's batch of objects into rows: bodies are written and projections run here, once, when the batch is sealed. Pure; may
/// run beside the lane, for all that it reads is immutable. Thread-safe.
/// </summary>
public sealed class BatchEncoder(EngineModel model)
{
    /// <summary>Encodes a batch.</summary>
    /// <param name="batch">What is to be written.</param>
    /// <param name="progress">Told of every commit before it is encoded; a watch-dog may look at it.</param>
    public EncodedBatch Encode(LaneBatch batch, IEncodeProgress? progress = null)
    {
        var rows = new BatchRows();
        var failures = ImmutableArray.CreateBuilder<EncodeFailure>();
        for (var i = 0; i < batch.Commits.Length; i++)
        {
            progress?.At(i);
            try
            {
                new CommitEncoder(model, rows, batch.Commits[i]).Encode();
            }
            catch (EncodeException e)
            {
                failures.Add(new EncodeFailure(i, e.IsTooLarge, e.Message));
            }
            catch (Exception e)
            {
                // A projection or a wire form is wrong: that commit fails alone, with what is needed to find it.
                failures.Add(new EncodeFailure(i, IsTooLarge: false, $"{batch.Commits[i].Entity}: {e.GetType().Name}: {e.Message}"));
            }
        }

        return failures.Count > 0
            ? new EncodedBatch { Failures = failures.ToImmutable() }
            : new EncodedBatch { Rows = rows.ToBatch(), Bytes = rows.Bytes };
    }

    /// <summary>The rows that one event of an entity writes.</summary>
    public static IEnumerable<ViewRowOp> Project(
        IKindRunner runner, EntityAddress entity, ShardId shard, long revision, object before, object fact, object after) =>
        CommitEncoder.Project(runner, entity, shard, revision, before, fact, after);

    /// <summary>Encodes a committed state; null when it is larger than the bound.</summary>
    public SnapshotRow? EncodeSnapshot(EntityAddress entity, long sequence, object state)
    {
        var body = model.Wire.Encode(state);
        return body.Body.Length > StorageLimits.StateBytesMax
            ? null
            : new SnapshotRow(entity, sequence, body.Tag, body.Version, body.Body);
    }
}

/// <summary>Is told how far an encoding is.</summary>
public interface IEncodeProgress
{
    /// <summary>The commit of this index is next.</summary>
    void At(int index);
}
