using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Actors.Runtime;

/// <summary>Takes what operators ask of one entity to the node that has it in memory. A node that is alone has all of them.</summary>
internal sealed class OwnerRelay(Func<ClusterDesk?> cluster, InquiryDesk inquiries, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether another node serves the shard.</summary>
    public bool IsElsewhere(ShardId shard) => cluster() is { } desk && !desk.Map.Serves(shard);

    /// <summary>Answers a question of other nodes.</summary>
    public void On<TQuestion, TAnswer>(
        string what, JsonTypeInfo<TQuestion> question, JsonTypeInfo<TAnswer> answer, Func<TQuestion, CancellationToken, ValueTask<TAnswer?>> ask)
        where TAnswer : class => inquiries.On(what, async (body, ct) =>
        {
            var said = JsonSerializer.Deserialize(body, question) is { } asked ? await ask(asked, ct).ConfigureAwait(false) : null;
            return said is null ? null : JsonSerializer.SerializeToUtf8Bytes(said, answer);
        });

    /// <summary>Asks the owner of a shard; null when it cannot be reached or does not know.</summary>
    public async ValueTask<TAnswer?> AskAsync<TQuestion, TAnswer>(
        ShardId shard, string what, TQuestion question, JsonTypeInfo<TQuestion> form, JsonTypeInfo<TAnswer> answer, CancellationToken ct)
        where TAnswer : class => cluster() is { } desk && desk.Map.SeatOf(shard).Owner is { } owner && owner != desk.Map.Me
            ? await AskNodeAsync(desk, owner, what, question, form, answer, ct).ConfigureAwait(false)
            : null;

    /// <summary>Asks every other member that is up; those that do not answer are left out.</summary>
    public async ValueTask<IReadOnlyList<TAnswer>> AskAllAsync<TQuestion, TAnswer>(
        string what, TQuestion question, JsonTypeInfo<TQuestion> form, JsonTypeInfo<TAnswer> answer, CancellationToken ct)
        where TAnswer : class
    {
        if (cluster() is not { } desk)
        {
            return [];
        }

        var answers = await Task.WhenAll(
            desk.Map.Others.Select(m => AskNodeAsync(desk, m.Incarnation, what, question, form, answer, ct))).ConfigureAwait(false);
        return [.. answers.OfType<TAnswer>()];
    }

    private async Task<TAnswer?> AskNodeAsync<TQuestion, TAnswer>(
        ClusterDesk desk, Incarnation node, string what, TQuestion question, JsonTypeInfo<TQuestion> form, JsonTypeInfo<TAnswer> answer, CancellationToken ct)
        where TAnswer : class
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(question, form);
        return await desk.Links.InquireAsync(node, what, body, Patience, time, ct).ConfigureAwait(false) is { } told
            ? JsonSerializer.Deserialize(told.Body, answer)
            : null;
    }
}

/// <summary>An operator's order on its way to the node that carries it out.</summary>
internal sealed record RelayedOrder(EntityAddress Entity, AdminOrder Order);

/// <summary>Messages that are back in the store under their old ids.</summary>
internal sealed record RestoredMail(int Shard, MailId[] Mail);

/// <summary>What one node has isolated.</summary>
internal sealed record IsolatedEntities(QuarantinedEntity[] Entities);
