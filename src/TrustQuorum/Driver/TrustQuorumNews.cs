using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>The last passes of the driver, wherever they ran: each rack is driven by one node of the cluster. Thread-safe.</summary>
internal sealed class TrustQuorumNews(TrustQuorumStatus status, INodes nodes) : INodeQuestion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string Name => "trust-quorum.passes";

    /// <summary>By rack, and the nodes that did not answer.</summary>
    public async ValueTask<(ImmutableDictionary<RackId, RackPasses> Racks, ImmutableArray<string> Missing)> LookAsync(CancellationToken ct)
    {
        var answers = await nodes.AskAsync(Name, default, Patience, ct).ConfigureAwait(false);
        return (
            answers.Told.SelectMany(t => JsonSerializer.Deserialize(t.Body, TrustQuorumJson.Default.ImmutableArrayRackPasses))
                .GroupBy(p => p.Rack).ToImmutableDictionary(g => g.Key, g => g.First()),
            answers.Missing);
    }

    public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> body, ShardSet owned, CancellationToken ct) => ValueTask.FromResult<byte[]?>(
        JsonSerializer.SerializeToUtf8Bytes(
            [.. status.Passes.Where(p => owned.Contains(Contracts.Addresses.TqConfig(p.Rack)))], TrustQuorumJson.Default.ImmutableArrayRackPasses));
}

/// <summary>The passes over one rack, as texts.</summary>
internal sealed record RackPasses(RackId Rack, ImmutableArray<string> Statuses, ImmutableArray<string> Errors);
