using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>The lines of an instance at all nodes: a sled rings where it likes, and the pull runs where the VMM's shard is. Thread-safe.</summary>
public sealed class TimelineNews(InstanceTimeline timeline, INodes nodes) : INodeQuestion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name => "instances.timeline";

    /// <summary>Lines of all nodes that answer, oldest first.</summary>
    public async ValueTask<ImmutableArray<TimelineNote>> OfAsync(InstanceId instance, CancellationToken ct)
    {
        var answers = await nodes.AskAsync(Name, Encoding.UTF8.GetBytes(instance.ToString()), Patience, ct).ConfigureAwait(false);
        return
        [
            .. answers.Told.SelectMany(t => JsonSerializer.Deserialize(t.Body, InstancesJson.Default.ImmutableArrayTimelineNote)).OrderBy(n => n.At),
        ];
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> body, ShardSet owned, CancellationToken ct) => ValueTask.FromResult<byte[]?>(
        JsonSerializer.SerializeToUtf8Bytes(
            timeline.Of(InstanceId.From(Guid.Parse(Encoding.UTF8.GetString(body.Span)))), InstancesJson.Default.ImmutableArrayTimelineNote));
}
