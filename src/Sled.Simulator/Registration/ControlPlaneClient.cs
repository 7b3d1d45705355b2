using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>
/// The way to the control plane, which has an address per node; a real sled finds them by name. A node that cannot be reached, is silent or
/// says 503 is passed over for the next one, and the one that answered is asked first from then on. Thread-safe.
/// </summary>
internal sealed class ControlPlaneClient(HttpClient http, ImmutableArray<Uri> addresses)
{
    // Of real time, whatever the sled's clock does: it is for the network. With nobody left to turn to the client's own limit holds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private int _first;

    /// <summary>There is a control plane.</summary>
    public bool IsKnown => addresses.Length > 0;

    /// <summary>Sends to one address after another until one answers; the last answer or failure is the caller's.</summary>
    public async Task<HttpResponseMessage> SendAsync(Func<Uri, HttpRequestMessage> request, CancellationToken ct)
    {
        var first = Volatile.Read(ref _first);
        for (var turn = 0; ; turn++)
        {
            var at = (first + turn) % addresses.Length;
            var isLast = turn == addresses.Length - 1;
            if (await TryAsync(request, addresses[at], isLast, ct).ConfigureAwait(false) is { } answer)
            {
                Volatile.Write(ref _first, at);
                return answer;
            }
        }
    }

    // Null: the next one.
    private async Task<HttpResponseMessage?> TryAsync(
        Func<Uri, HttpRequestMessage> request, Uri address, bool isLast, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            using var asked = request(address);
            var answer = await http.SendAsync(asked, either.Token).ConfigureAwait(false);
            if (isLast || answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable)
            {
                return answer;
            }

            answer.Dispose();
        }
        catch (Exception e) when (!isLast && !ct.IsCancellationRequested && (ConnectionFailure.Is(e) || e is OperationCanceledException))
        {
            // The next one may be there.
        }

        return null;
    }
}
