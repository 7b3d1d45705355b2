namespace Gantry.Switch;

/// <summary>A MAC address: an object with a byte array, never a string (switch-dpd 2.1).</summary>
internal sealed record MacBody(int[] A);

internal sealed record NatBody(string InternalIp, MacBody InnerMac, int Vni);

internal sealed record InternalForwardingBody(NatBody? NatTarget);

internal sealed record ExternalForwardingBody(int? VlanId);

internal sealed record MemberBody(string PortId, int LinkId, string Direction);

internal sealed record UnderlayCreateBody(string GroupIp, string Tag, MemberBody[] Members);

internal sealed record MembersBody(MemberBody[] Members);

/// <summary>No sources is <c>null</c> on a create (K18).</summary>
internal sealed record ExternalCreateBody(
    string GroupIp,
    string Tag,
    InternalForwardingBody InternalForwarding,
    ExternalForwardingBody ExternalForwarding,
    SourceBody[]? Sources);

/// <summary>No sources is <c>[]</c> on an update: null would keep the stored list (S7, FIX-18).</summary>
internal sealed record ExternalUpdateBody(
    InternalForwardingBody InternalForwarding, ExternalForwardingBody ExternalForwarding, SourceBody[] Sources);

/// <summary>A group of either kind, as answers give it. <c>kind</c> is absent from kind-specific answers.</summary>
internal sealed record GroupBody
{
    public string? Kind { get; init; }

    public required string GroupIp { get; init; }

    public required string Tag { get; init; }

    public required int ExternalGroupId { get; init; }

    public MemberBody[]? Members { get; init; }

    public InternalForwardingBody? InternalForwarding { get; init; }

    public ExternalForwardingBody? ExternalForwarding { get; init; }

    public SourceBody[]? Sources { get; init; }
}

internal sealed record GroupPageBody(GroupBody[] Items, string? NextPage);

internal sealed record IdentifiersBody(Guid SidecarId, string Model, int Revision, string Serial, int Slot);

internal sealed record BackplaneBody(int Cubby);
