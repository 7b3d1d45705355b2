using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Gantry.Api;

/// <summary>
/// Internal listener: a sled rings because a VMM changed (vmm-sled-rack 3.5), and the put of before there was a bell (3.3, 3.8). The handlers
/// never call a sled and wait for none.
/// </summary>
internal static class VmmEndpoints
{
    private const string Tag = "vmms";

    public static void Map(ApiRoutes api)
    {
        api.Post("/vmms/{propolis_id}/doorbell", "cpapi_vmm_doorbell", Tag, "Something changed about this VMM: look again")
            .Since(2, 0, 0)
            .IgnoresBody()
            .Answers(204)
            .Handle(RingAsync);
        api.Put("/vmms/{propolis_id}", "cpapi_instances_put", Tag, "Deprecated: a ring whose body is not read")
            .IgnoresBody()
            .Answers(204)
            .Handle(PutAsync);
    }

    private static async ValueTask<IResult> RingAsync(ApiCall call, CancellationToken ct)
    {
        var vmm = VmmId.From(call.PathId("propolis_id"));
        return await call.Service<Doorbell>().RingAsync(vmm, ct).ConfigureAwait(false)
            ? call.NoContent()
            : call.NotFound("vmm", vmm.ToString());
    }

    private static ValueTask<IResult> PutAsync(ApiCall call, CancellationToken ct) =>
        call.Service<IOptions<InstancesOptions>>().Value.Doorbell switch
        {
            DoorbellReleases.R19 => TakeAsync(call, ct),
            DoorbellReleases.R20 => RingAsync(call, ct),
            _ => ValueTask.FromResult<IResult>(new FailureResult(new Failure
            {
                Status = 404,
                Message = "Not Found",
                Reason = ApiErrors.NoSuchRoute,
                Remedy = "ring instead: POST /vmms/{propolis_id}/doorbell",
            })),
        };

    // R19: the body is the state, and nothing later may ever read it.
    private static async ValueTask<IResult> TakeAsync(ApiCall call, CancellationToken ct)
    {
        var (bytes, tooLarge) = await BodyReader.ReadBytesAsync(call.Http.Request, ct).ConfigureAwait(false);
        if (tooLarge is not null)
        {
            return new FailureResult(tooLarge);
        }

        if (Parse(bytes) is not { } said)
        {
            return new FailureResult(Failure.Malformed(ApiErrors.MalformedBody, "the body is not a VMM's state"));
        }

        var vmm = VmmId.From(call.PathId("propolis_id"));
        return await call.Service<LegacyPut>().TakeAsync(vmm, said, ct).ConfigureAwait(false) is { } why
            ? call.Refuse(why)
            : call.NoContent();
    }

    private static SledVmmState? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, VmmApiJson.Default.SledVmmState);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Bodies of VMM operations.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SledVmmState))]
[JsonSerializable(typeof(VmmAnswer))]
[JsonSerializable(typeof(Page<VmmAnswer>), TypeInfoPropertyName = "VmmPage")]
internal sealed partial class VmmApiJson : JsonSerializerContext;
