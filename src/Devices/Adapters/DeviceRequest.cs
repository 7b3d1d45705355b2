namespace Gantry.Devices;

/// <summary>An HTTP request to a device.</summary>
/// <param name="Method">Verb.</param>
/// <param name="Path">Path and query below the base address, already escaped.</param>
/// <param name="ApiVersion">Value of the <c>api-version</c> header; null sends none.</param>
public sealed record DeviceRequest(HttpMethod Method, string Path, string? ApiVersion)
{
    /// <summary>JSON body; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }
}
