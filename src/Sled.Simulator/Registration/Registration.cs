using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>
/// Announces the sled to the control plane (vmm 5.3): one request at a time; learns the stored registration first; sends the stored
/// generation plus one only if something differs; reads again after any failure; never again once decommissioned.
/// </summary>
internal sealed class Registration(SimulatedSled sled, SledShell shell, Func<string> address)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);
    private const double Factor = 1.2;

    private readonly ILogger _log = shell.Loggers.CreateLogger<Registration>();

    /// <summary>Returns when the control plane holds what this sled says, or does not want it any more.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        if (!sled.ControlPlane.IsKnown)
        {
            return;
        }

        for (var delay = First; ; delay = Min(delay * Factor, Longest))
        {
            var why = await TryAsync(ct).ConfigureAwait(false);
            if (why is null)
            {
                return;
            }

            SimulatorLog.NotRegistered(_log, sled.Serial, why, delay);
            await Task.Delay(delay, shell.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Null when there is nothing left to do, else why not yet.</summary>
    private async Task<string?> TryAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await sled.ControlPlane.SendAsync(at => Versioned(HttpMethod.Get, at), ct).ConfigureAwait(false);
            return answer.StatusCode switch
            {
                HttpStatusCode.NotFound => await SendAsync(generation: 1, ct).ConfigureAwait(false),
                HttpStatusCode.OK => await RefreshAsync(await ReadAsync(answer, ct).ConfigureAwait(false), ct).ConfigureAwait(false),
                var status => $"reading the registration answered {(int)status}",
            };
        }
        catch (Exception e) when (ConnectionFailure.Is(e) || e is JsonException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return e.Message;
        }
    }

    private async Task<string?> RefreshAsync(AgentInfoBody stored, CancellationToken ct)
    {
        if (stored.Decommissioned)
        {
            SimulatorLog.Decommissioned(_log, sled.Serial);
            return null;
        }

        var own = AgentInfoBody.Of(sled.Options, address());
        return own == stored with { Generation = own.Generation } ? null : await SendAsync(stored.Generation + 1, ct).ConfigureAwait(false);
    }

    private async Task<string?> SendAsync(long generation, CancellationToken ct)
    {
        var own = AgentInfoBody.Of(sled.Options, address()) with { Generation = generation };
        using var answer = await sled.ControlPlane.SendAsync(
            at =>
            {
                var post = Versioned(HttpMethod.Post, at);
                post.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(own, SimJson.Default.AgentInfoBody))
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                };
                return post;
            },
            ct).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            return $"registering with generation {generation} answered {(int)answer.StatusCode}";
        }

        SimulatorLog.Registered(_log, sled.Serial, generation);
        return null;
    }

    private static async Task<AgentInfoBody> ReadAsync(HttpResponseMessage answer, CancellationToken ct) =>
        JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false), SimJson.Default.AgentInfoBody)
        ?? throw new JsonException("null is no registration");

    private HttpRequestMessage Versioned(HttpMethod method, Uri controlPlane)
    {
        var request = new HttpRequestMessage(method, new Uri(controlPlane, $"sled-agents/{sled.Options.Id}"));
        request.Headers.Add("api-version", "1.0.0");
        return request;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
