using System.Collections.Immutable;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>The view rows that follow from an entity's events: what the views must hold (engine 3.6, invariant I6).</summary>
internal sealed class ViewFolding(EngineModel model)
{
    private readonly RowDecoder _decoder = new(model);

    /// <summary>The rows, or null when the history does not begin at the first event.</summary>
    /// <exception cref="WireException">An event cannot be read, or the sequence has a hole.</exception>
    public (ImmutableArray<ViewRowOp> Rows, long Revision)? Fold(EntityAddress entity, IReadOnlyList<EventRow> events)
    {
        if (events.Count > 0 && events[0].Sequence != 1)
        {
            return null;
        }

        var runner = model.Kinds.TryGetValue(entity.Kind, out var kind)
            ? kind.Runner
            : throw new WireException($"no kind is named {entity.Kind}");
        var rows = new Dictionary<(string, string), ViewRowOp>();
        var state = runner.Initial;
        var revision = 0L;
        foreach (var row in events)
        {
            if (row.Sequence != ++revision)
            {
                throw new WireException($"{entity} lacks event {revision}: the next one there is {row.Sequence}");
            }

            var fact = _decoder.Event(row);
            var after = runner.Apply(state, fact);
            foreach (var op in BatchEncoder.Project(runner, entity, row.Shard, revision, state, fact, after))
            {
                rows[(op.View.Name, op.Key)] = op;
            }

            state = after;
        }

        return ([.. rows.Values.Where(r => !r.IsDelete)], revision);
    }
}
