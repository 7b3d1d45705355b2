using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Facts about a silo.</summary>
public abstract record SiloEvent;

/// <summary>The silo exists.</summary>
[Wire("silo.created")]
public sealed record SiloCreated(
    SiloId Silo, string Name, string Description, bool IsDiscoverable, string IdentityMode,
    long? CpusMax, long? MemoryBytesMax, DateTimeOffset At, long? StorageBytesMax = null) : SiloEvent;

/// <summary>The quota is another.</summary>
[Wire("silo.quota-set")]
public sealed record SiloQuotaSet(long? CpusMax, long? MemoryBytesMax, long? StorageBytesMax, DateTimeOffset At) : SiloEvent;

/// <summary>The silo is gone.</summary>
[Wire("silo.deleted")]
public sealed record SiloDeleted(DateTimeOffset At) : SiloEvent;

/// <summary>An instance's use counts against the silo.</summary>
[Wire("silo.quota-charged")]
public sealed record SiloQuotaCharged(InstanceId Instance, int Cpus, long MemoryBytes, VmmId? Vmm = null) : SiloEvent;

/// <summary>It counts no longer.</summary>
[Wire("silo.quota-released")]
public sealed record SiloQuotaReleased(InstanceId Instance, VmmId? Vmm = null) : SiloEvent;
