using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Silos: a name of their own on the fleet, and the sum of what their instances use.</summary>
internal sealed class SiloDecider : IDecider<SiloState, SiloCommand, SiloEvent>
{
    public const string NameSpace = "silo-name";

    public static SiloState Initial { get; } = new();

    public static Decision<SiloEvent> Decide(SiloState state, SiloCommand command, in Turn turn) => command switch
    {
        CreateSilo create => Create(state, create, turn),
        SetSiloQuota or DeleteSilo when !state.Exists || state.IsDeleted =>
            Decision.Refuse<SiloEvent>(TenancyErrors.SiloUnknown(turn.Self.Key)),

        // Of a silo that never was nobody can have been told that it is gone.
        AskStanding => state.IsDeleted ? Decision.Refuse<SiloEvent>(TenancyErrors.SiloUnknown(turn.Self.Key)) : Decision.Unchanged<SiloEvent>(),
        SetSiloQuota set => SetQuota(state, set, turn),
        DeleteSilo => Delete(state, turn),
        SiloCommand.Charge charge => Charge(state, charge.Wanted, turn),
        SiloCommand.Release release => Release(state, release.Wanted),
        _ => throw Invariant.Unreachable($"silo has no command {command.GetType().Name}"),
    };

    public static SiloState Apply(SiloState state, SiloEvent fact) => fact switch
    {
        SiloCreated e => state with
        {
            Exists = true,
            Id = e.Silo,
            Name = e.Name,
            Description = e.Description,
            IsDiscoverable = e.IsDiscoverable,
            IdentityMode = e.IdentityMode,
            Quota = QuotaLedger.Empty with { CpusMax = e.CpusMax, MemoryBytesMax = e.MemoryBytesMax },
            StorageBytesMax = e.StorageBytesMax,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        SiloQuotaSet e => state with
        {
            Quota = state.Quota with { CpusMax = e.CpusMax, MemoryBytesMax = e.MemoryBytesMax },
            StorageBytesMax = e.StorageBytesMax,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        SiloDeleted => state with { IsDeleted = true },
        SiloQuotaCharged e => state with { Quota = state.Quota.Charge(e.Instance, e.Vmm, e.Cpus, e.MemoryBytes) },
        SiloQuotaReleased e => state with { Quota = state.Quota.Release(e.Instance, e.Vmm) },
        _ => state,
    };

    private static Decision<SiloEvent> Create(SiloState state, CreateSilo create, in Turn turn)
    {
        if (state.IsDeleted)
        {
            return Decision.Refuse<SiloEvent>(TenancyErrors.SiloUnknown(turn.Self.Key));
        }

        if (state.Exists)
        {
            return state.Name == create.Name
                ? Decision.Unchanged<SiloEvent>()
                : Decision.Refuse<SiloEvent>(TenancyErrors.Exists("silo", state.Name));
        }

        if (!Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<SiloEvent>(TenancyErrors.SiloUnknown(turn.Self.Key));
        }

        return WhyNot(create) is { } why
            ? Decision.Refuse<SiloEvent>(why)
            : Decision.Accept<SiloEvent>(
                null,
                [
                    new SiloCreated(
                        SiloId.From(id), create.Name, create.Description, create.IsDiscoverable, create.IdentityMode,
                        create.CpusMax, create.MemoryBytesMax, turn.Now, create.StorageBytesMax),
                ],
                [new Effect.Claim(NameSpace, create.Name)]);
    }

    private static Decision<SiloEvent> SetQuota(SiloState state, SetSiloQuota set, in Turn turn)
    {
        if (WhyNot(set.CpusMax, set.MemoryBytesMax, set.StorageBytesMax) is { } why)
        {
            return Decision.Refuse<SiloEvent>(why);
        }

        var wanted = new SiloQuotaSet(
            set.CpusMax ?? state.Quota.CpusMax,
            set.MemoryBytesMax ?? state.Quota.MemoryBytesMax,
            set.StorageBytesMax ?? state.StorageBytesMax,
            turn.Now);
        var isSame = wanted.CpusMax == state.Quota.CpusMax && wanted.MemoryBytesMax == state.Quota.MemoryBytesMax
            && wanted.StorageBytesMax == state.StorageBytesMax;
        return isSame ? Decision.Unchanged<SiloEvent>() : Decision.Accept<SiloEvent>(null, [wanted]);
    }

    private static Decision<SiloEvent> Delete(SiloState state, in Turn turn) => state.Quota.Count == 0
        ? Decision.Accept<SiloEvent>(null, [new SiloDeleted(turn.Now)], [new Effect.Release(NameSpace, state.Name)])
        : Decision.Refuse<SiloEvent>(TenancyErrors.SiloInUse(state.Name, $"{state.Quota.Count} running instances"));

    private static Refusal? WhyNot(CreateSilo create) =>
        Names.WhyNot("silo", create.Name, create.Description) ?? WhyNot(create.CpusMax, create.MemoryBytesMax, create.StorageBytesMax);

    private static Refusal? WhyNot(long? cpus, long? memory, long? storage)
    {
        if (cpus is { } count and < 0)
        {
            return TenancyErrors.BadQuota("vCPUs", count);
        }

        if (memory is { } bytes and < 0)
        {
            return TenancyErrors.BadQuota("memory", bytes);
        }

        return storage is { } room and < 0 ? TenancyErrors.BadQuota("storage", room) : null;
    }

    private static Decision<SiloEvent> Charge(SiloState state, ChargeQuota wanted, in Turn turn)
    {
        if (!state.Exists)
        {
            return Decision.Refuse<SiloEvent>(TenancyErrors.SiloUnknown(turn.Self.Key));
        }

        if (state.Quota.Holds(wanted))
        {
            return Decision.Unchanged<SiloEvent>();
        }

        return state.Quota.WhyNot($"silo \"{state.Name}\"", wanted) is { } why
            ? Decision.Refuse<SiloEvent>(why)
            : Decision.Accept<SiloEvent>(null, [new SiloQuotaCharged(wanted.Instance, wanted.Cpus, wanted.MemoryBytes, wanted.Vmm)]);
    }

    private static Decision<SiloEvent> Release(SiloState state, ReleaseQuota wanted) =>
        state.Quota.Holds(wanted.Instance, wanted.Vmm)
            ? Decision.Accept<SiloEvent>(null, [new SiloQuotaReleased(wanted.Instance, wanted.Vmm)])
            : Decision.Unchanged<SiloEvent>();
}
