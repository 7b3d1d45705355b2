using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Creates an instance: vmm 4.3 as far as served (record, external IPs, multicast, ready). Keyed by the id of the instance. The start that may follow is begun
/// by the last step's commit and is a saga of its own: its failure does not fail the creation.
/// </summary>
public sealed class CreateSaga : ISaga<CreateData>
{
    /// <inheritdoc/>
    public static string Name => "instance-create";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<CreateData>> Steps { get; } =
    [
        new()
        {
            Name = "admit",
            Do = d => new Effect.Post(Addresses.Project(d.Project), new AdmitInstance(d.Instance)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Project(d.Project), new DismissInstance(d.Instance)),
        },
        new()
        {
            Name = "record",
            Do = d => new Effect.Post(
                Addresses.Instance(d.Instance),
                new CreateInstance(d.Project, d.Silo, d.Name, d.Description, d.Config, d.FirstVmm is not null)),
            OnReply = (d, reply) => reply is Reply.Refused { Why.Code: "ClaimTaken" }
                ? new StepEnd<CreateData>.Fail(InstancesErrors.NameTaken(d.Name))
                : Go(d, reply),
            Undo = d => new Effect.Post(Addresses.Instance(d.Instance), new UnmakeInstance()),
        },
        new()
        {
            Name = "external-ips",
            When = d => !d.ExternalIps.IsEmpty,
            Do = d => new Effect.Activity(
                ExternalIpActivities.Attach, "", new AttachIpsForInstance(d.Instance, d.Silo, d.Project, d.ExternalIps, d.Caller)),
            OnReply = (d, reply) => reply is Reply.Accepted { Value: AttachedIpsForInstance attached }
                ? new StepEnd<CreateData>.Next(d with { Attached = attached.Ids })
                : Go(d, reply),
            Undo = d => new Effect.Post(Addresses.InstanceExternalIps(d.Instance), new TakeBackExternalIps(d.Attached)),
        },
        .. Enumerable.Range(0, InstancesLimits.MulticastGroupsMax).Select(Join),
        new()
        {
            Name = "finish",
            Do = d => new Effect.Post(Addresses.Instance(d.Instance), new FinishCreate(d.FirstVmm)),
            OnReply = Go,
        },
    ];

    private static SagaStep<CreateData> Join(int index) => new()
    {
        Name = $"multicast-group{index}",
        When = d => index < d.Groups.Length,
        Do = d => new Effect.Activity(
            MulticastActivities.Join,
            "",
            new JoinForInstance(
                d.Instance, d.CallerSilo ?? d.Silo, d.Groups[index].Group, d.Groups[index].Sources, d.Groups[index].IpVersion, d.Caller)),
        OnReply = (d, reply) => reply is Reply.Accepted { Value: JoinedForInstance joined }
            ? new StepEnd<CreateData>.Next(d with { Joined = d.Joined.Add(joined.Group) })
            : Go(d, reply),
        Undo = d => new Effect.Activity(MulticastActivities.Undo, "", new UndoJoin(d.Instance, d.Joined[index])),
    };

    private static StepEnd<CreateData> Go(CreateData data, Reply reply) => reply switch
    {
        Reply.Refused refused => new StepEnd<CreateData>.Fail(refused.Why),
        _ => new StepEnd<CreateData>.Next(data),
    };
}

/// <summary>What a creation knows.</summary>
public sealed record CreateData
{
    public required InstanceId Instance { get; init; }

    public required ProjectId Project { get; init; }

    public required SiloId Silo { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required InstanceConfig Config { get; init; }

    /// <summary>Groups to join, in order.</summary>
    public ImmutableArray<GroupWish> Groups { get; init; } = [];

    /// <summary>Groups joined so far, in the same order.</summary>
    public ImmutableArray<GroupId> Joined { get; init; } = [];

    /// <summary>External addresses to attach, in order.</summary>
    public ImmutableArray<ExternalIpWish> ExternalIps
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>The addresses attached, in the same order.</summary>
    public ImmutableArray<ExternalIpId> Attached
    {
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>Id of the VMM to start with; null when it shall not start.</summary>
    public VmmId? FirstVmm { get; init; }

    public required Principal Caller { get; init; }

    /// <summary>The caller's silo, whose pools new groups are made from (multicast 2.6); null: the instance's own.</summary>
    public SiloId? CallerSilo { get; init; }
}

/// <summary>A multicast group to join, as in the request.</summary>
/// <param name="Group">UUID, address or name.</param>
/// <param name="Sources">Null, empty or a list.</param>
/// <param name="IpVersion"><c>v4</c>, <c>v6</c> or null.</param>
public sealed record GroupWish(string Group, ImmutableArray<string>? Sources, string? IpVersion);
