namespace Gantry.Tests;

/// <summary>The scenarios of external groups against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulExternalGroupTests : ExternalGroupTests;

/// <summary>The scenarios of tags and lists against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulGroupTagAndListTests : GroupTagAndListTests;

/// <summary>The packets' scenarios against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulPacketPathTests : PacketPathTests;

/// <summary>The scenarios of source filters against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulSourceFilterTests : SourceFilterTests;

/// <summary>The scenarios of underlay groups against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulUnderlayGroupTests : UnderlayGroupTests;

/// <summary>Ports, addresses and NAT against a switch with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulPortAndNatTests : PortAndNatTests;

/// <summary>The adapter against two switches with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulSwitchAdapterTests : SwitchAdapterTests;

/// <summary>Faults against two switches with the real daemon's ways.</summary>
[Faithful]
public sealed class FaithfulSwitchFaultTests : SwitchFaultTests;
