using Gantry.Switch.Simulator;

namespace Gantry.Tests;

/// <summary>The scenarios of external groups against a switch with the real daemon's ways.</summary>
public sealed class FaithfulExternalGroupTests : ExternalGroupTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>The scenarios of tags and lists against a switch with the real daemon's ways.</summary>
public sealed class FaithfulGroupTagAndListTests : GroupTagAndListTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>The packets' scenarios against a switch with the real daemon's ways.</summary>
public sealed class FaithfulPacketPathTests : PacketPathTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>The scenarios of source filters against a switch with the real daemon's ways.</summary>
public sealed class FaithfulSourceFilterTests : SourceFilterTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>The scenarios of underlay groups against a switch with the real daemon's ways.</summary>
public sealed class FaithfulUnderlayGroupTests : UnderlayGroupTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>Ports, addresses and NAT against a switch with the real daemon's ways.</summary>
public sealed class FaithfulPortAndNatTests : PortAndNatTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>The adapter against two switches with the real daemon's ways.</summary>
public sealed class FaithfulSwitchAdapterTests : SwitchAdapterTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}

/// <summary>Faults against two switches with the real daemon's ways.</summary>
public sealed class FaithfulSwitchFaultTests : SwitchFaultTests
{
    private protected override SwitchMode Mode => SwitchMode.Faithful;
}
