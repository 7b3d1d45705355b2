using System.Collections.Immutable;

namespace Gantry.Sled.Simulator;

/// <summary>Answer of GET /inventory: what the control plane uses, and the rest as empty as the shape allows.</summary>
internal sealed record InventoryBody
{
    public required Guid SledId { get; init; }

    public required string SledAgentAddress { get; init; }

    public required string SledRole { get; init; }

    public required BaseboardIdBody BaseboardId { get; init; }

    public required string CpuFamily { get; init; }

    public required long UsableHardwareThreads { get; init; }

    public required long UsablePhysicalRam { get; init; }

    public required long ReservoirSize { get; init; }

    public ImmutableArray<EmptyBody> Disks { get; } = [];

    public ImmutableArray<EmptyBody> Zpools { get; } = [];

    public ImmutableArray<EmptyBody> Datasets { get; } = [];

    public ImmutableArray<EmptyBody> ReferenceMeasurements { get; } = [];

    public StatusBody ReconcilerStatus { get; } = new("not_yet_run");

    public FileSourcesBody FileSourceResolver { get; } = new();

    public OkBody<FmdBody> Fmd { get; } = new(new FmdBody());

    public TypeBody SmfServicesEnabledNotOnline { get; } = new("data_unavailable");
}

internal sealed record BaseboardIdBody(string PartNumber, string SerialNumber);

internal sealed record EmptyBody;

internal sealed record StatusBody(string Status);

internal sealed record TypeBody(string Type);

internal sealed record OkBody<T>(T Ok);

internal sealed record ErrBody(string Err);

internal sealed record FmdBody
{
    public ImmutableArray<EmptyBody> Cases { get; } = [];

    public ImmutableArray<EmptyBody> Resources { get; } = [];
}

internal sealed record FileSourcesBody
{
    public ManifestBody ZoneManifest { get; } = new();

    public ManifestBody MeasurementManifest { get; } = new();

    public OverrideBody MupdateOverride { get; } = new();
}

internal sealed record ManifestBody
{
    public string BootDiskPath { get; } = "/simulated";

    public ErrBody BootInventory { get; } = new("a simulated sled has no boot disk");

    public ImmutableArray<EmptyBody> NonBootStatus { get; } = [];
}

internal sealed record OverrideBody
{
    public string BootDiskPath { get; } = "/simulated";

    public ErrBody BootOverride { get; } = new("a simulated sled has no boot disk");

    public ImmutableArray<EmptyBody> NonBootStatus { get; } = [];
}
