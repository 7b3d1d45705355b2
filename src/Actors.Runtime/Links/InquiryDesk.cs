using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Answers questions of other nodes that are no commands: how an entity stands in its lane, what is isolated here. Thread-safe.</summary>
internal sealed class InquiryDesk(ILogger log)
{
    private readonly ConcurrentDictionary<string, Func<byte[], CancellationToken, ValueTask<byte[]?>>> _answers = new(StringComparer.Ordinal);

    /// <summary>Says who answers a question; null answers mean that nothing is known.</summary>
    public void On(string what, Func<byte[], CancellationToken, ValueTask<byte[]?>> answer) => _answers[what] = answer;

    public async Task<byte[]?> AnswerAsync(LinkFrame.Inquire inquiry, TimeProvider time)
    {
        if (!_answers.TryGetValue(inquiry.What, out var answer))
        {
            return null;
        }

        using var late = new CancellationTokenSource(inquiry.Remaining, time);
        try
        {
            return await answer(inquiry.Body, late.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A question that cannot be answered is told so; whoever asked decides what that means.
            RuntimeLog.InquiryFailed(log, inquiry.What, $"{e.GetType().Name}: {e.Message}");
            return null;
        }
    }
}
