using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of a floating IP.</summary>
public abstract record FloatingIpCommand
{
    private FloatingIpCommand()
    {
    }

    /// <summary>Makes it on an address that the pool lent.</summary>
    [Wire("floating-ip.create")]
    public sealed record Create(SiloId Silo, ProjectId Project, string Name, string Description, Ip Address, PoolId Pool, PoolRangeId Range)
        : FloatingIpCommand, ICommand<FloatingIpReply>;

    /// <summary>Changes name and description; null leaves one as it is.</summary>
    [Wire("floating-ip.update")]
    public sealed record Update(string? Name, string? Description) : FloatingIpCommand, ICommand<FloatingIpReply>;

    /// <summary>Ends it. Refused for a lost claim while it is attached.</summary>
    [Wire("floating-ip.delete"), Destructive]
    public sealed record Delete : FloatingIpCommand, ICommand<Done>;

    /// <summary>Timer: whoever read it before it ended has given up attaching it.</summary>
    [Wire("floating-ip.forget")]
    public sealed record Forget : FloatingIpCommand;

    /// <summary>From the pool: is the address held? Asked before it was made, it is void for good.</summary>
    [Wire("floating-ip.ask-lease")]
    public sealed record AskLease : FloatingIpCommand, ICommand<HoldingReply>;

    /// <summary>The project's answer; made from a reply, never stored.</summary>
    public sealed record ProjectAnswered(Reply Reply) : FloatingIpCommand;
}

/// <summary>A floating IP as callers see it.</summary>
[Wire("floating-ip.floating-ip")]
public sealed record FloatingIpReply(FloatingIpRow FloatingIp);

/// <summary>What happened to a floating IP.</summary>
public abstract record FloatingIpEvent
{
    private FloatingIpEvent()
    {
    }

    /// <summary>Made.</summary>
    [Wire("floating-ip.created")]
    public sealed record Created(
        ExternalIpId Id, SiloId Silo, ProjectId Project, string Name, string Description, Ip Address, PoolId Pool, DateTimeOffset At)
        : FloatingIpEvent;

    /// <summary>Renamed or described anew.</summary>
    [Wire("floating-ip.updated")]
    public sealed record Updated(string Name, string Description, DateTimeOffset At) : FloatingIpEvent;

    /// <summary>Deleted; still not to be attached by those who read it before.</summary>
    [Wire("floating-ip.deleted")]
    public sealed record Deleted : FloatingIpEvent;

    /// <summary>Over: forgotten after its deletion, or asked for before it was made.</summary>
    [Wire("floating-ip.ended")]
    public sealed record Ended : FloatingIpEvent;
}
