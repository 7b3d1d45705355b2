using System.Net.Http.Headers;
using System.Text.Json;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>Rings over HTTP, in the style of the sled's release, with the ring faults of the control interface.</summary>
internal sealed class RingSender(
    ControlPlaneClient controlPlane, FaultTable faults, TimeProvider time, Func<Guid, (string Personality, SledVmmState? State)> look)
    : IRingSender
{
    private static readonly TimeSpan ReorderFor = TimeSpan.FromSeconds(2);
    private TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private long _count;

    /// <summary>Rings that left the sled.</summary>
    public long Count => Interlocked.Read(ref _count);

    public async Task<RingResult> SendAsync(Guid vmm, CancellationToken ct)
    {
        if (!controlPlane.IsKnown)
        {
            return new RingResult(204, null, "no control plane");
        }

        var fault = faults.Take(FaultKinds.OfRings, "POST", null, vmm.ToString());
        switch (fault?.Fault.Kind)
        {
            case FaultKinds.RingDrop:
                return new RingResult(204, null, "lost by a fault");
            case FaultKinds.RingDelay:
                await Task.Delay(fault.Delay, time, ct).ConfigureAwait(false);
                break;
            case FaultKinds.RingReorder:
                await Task.WhenAny(_sent.Task, Task.Delay(ReorderFor, time, ct)).ConfigureAwait(false);
                break;
            case FaultKinds.RingDuplicate:
                await OnceAsync(vmm, ct).ConfigureAwait(false);
                break;
            default:
                break;
        }

        return await OnceAsync(vmm, ct).ConfigureAwait(false);
    }

    private async Task<RingResult> OnceAsync(Guid vmm, CancellationToken ct)
    {
        var (personality, state) = look(vmm);
        try
        {
            using var response = await controlPlane.SendAsync(at => Request(at, vmm, personality, state), ct).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
            return new RingResult((int)response.StatusCode, CodeIn(body), $"answered {(int)response.StatusCode}");
        }
        catch (Exception e) when (ConnectionFailure.Is(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new RingResult(0, null, e.Message);
        }
        finally
        {
            Interlocked.Increment(ref _count);
            Interlocked.Exchange(ref _sent, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    // R21 rings; before it the same news went as a body (vmm 3.8). A client sends the lowest version that has the operation.
    private static HttpRequestMessage Request(Uri controlPlane, Guid vmm, string personality, SledVmmState? state)
    {
        if (personality == Personalities.R21 || state is null)
        {
            return Versioned(new HttpRequestMessage(HttpMethod.Post, new Uri(controlPlane, $"vmms/{vmm}/doorbell")), "2.0.0");
        }

        var put = Versioned(new HttpRequestMessage(HttpMethod.Put, new Uri(controlPlane, $"vmms/{vmm}")), "1.0.0");
        put.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(state, SimJson.Default.SledVmmState))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        return put;
    }

    private static HttpRequestMessage Versioned(HttpRequestMessage request, string version)
    {
        request.Headers.Add("api-version", version);
        return request;
    }

    private static string? CodeIn(byte[] body)
    {
        if (body.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(body, SimJson.Default.ErrorBody)?.ErrorCode;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
