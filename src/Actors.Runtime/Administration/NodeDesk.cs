using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Asks this node and, over links, every other member. Questions of other nodes come in through <see cref="InquiryDesk"/>.</summary>
internal sealed class NodeDesk(
    string nodeId, Func<ClusterDesk?> cluster, Func<ShardSet> owned, InquiryDesk inquiries, TimeProvider time, ILogger log) : INodes
{
    private const string Prefix = "node.";

    private FrozenDictionary<string, INodeQuestion> _questions = FrozenDictionary<string, INodeQuestion>.Empty;

    /// <summary>Says which questions there are; others are unknown.</summary>
    public void Open(IEnumerable<INodeQuestion> questions)
    {
        _questions = questions.ToFrozenDictionary(q => q.Name, StringComparer.Ordinal);
        foreach (var one in _questions.Values)
        {
            inquiries.On(Prefix + one.Name, (body, ct) => one.AnswerAsync(body, owned(), ct));
        }
    }

    public async ValueTask<NodeAnswers> AskAsync(string question, ReadOnlyMemory<byte> body, TimeSpan patience, CancellationToken ct)
    {
        var asked = cluster() is { } desk
            ? desk.Map.Others.Select(m => AskOtherAsync(desk.Links, m, question, body.ToArray(), patience, ct)).ToList()
            : [];
        var here = await HereAsync(question, body, ct).ConfigureAwait(false);
        var told = (await Task.WhenAll(asked).ConfigureAwait(false)).Append(new Said(nodeId, here)).ToList();
        return new NodeAnswers(
            [.. told.Where(s => s.Body is not null).Select(s => new NodeAnswer(s.NodeId, s.Body!))], // just looked at
            [.. told.Where(s => s.Body is null).Select(s => s.NodeId).Order(StringComparer.Ordinal)]);
    }

    private async ValueTask<byte[]?> HereAsync(string question, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        try
        {
            return _questions.TryGetValue(question, out var known) ? await known.AnswerAsync(body, owned(), ct).ConfigureAwait(false) : null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // As another node would: a question that cannot be answered here must not hide what the others say.
            RuntimeLog.InquiryFailed(log, question, $"{e.GetType().Name}: {e.Message}");
            return null;
        }
    }

    private async Task<Said> AskOtherAsync(
        LinkDesk links, MemberRow member, string question, byte[] body, TimeSpan patience, CancellationToken ct)
    {
        var told = await links.InquireAsync(member.Incarnation, Prefix + question, body, patience, time, ct).ConfigureAwait(false);
        return new Said(member.Profile.NodeId, told?.Body);
    }

    private readonly record struct Said(string NodeId, byte[]? Body);
}
