using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of a network.</summary>
public abstract record VpcCommand
{
    private VpcCommand()
    {
    }

    /// <summary>Makes it.</summary>
    [Wire("vpc.create")]
    public sealed record Create(SiloId Silo, ProjectId Project, string Name, string Description, string DnsName, int Vni)
        : VpcCommand, ICommand<VpcReply>;

    /// <summary>Changes it; null leaves one as it is.</summary>
    [Wire("vpc.update")]
    public sealed record Update(string? Name, string? Description, string? DnsName) : VpcCommand, ICommand<VpcReply>;

    /// <summary>Ends it. Groups that took its network id keep it: it is chosen once (multicast 11.5).</summary>
    [Wire("vpc.delete"), Destructive]
    public sealed record Delete : VpcCommand, ICommand<Done>;

    /// <summary>The project's answer to the announcement; made from a reply, never stored.</summary>
    public sealed record ProjectAnswered(Reply Reply) : VpcCommand;
}

/// <summary>A network as callers see it.</summary>
[Wire("vpc.vpc")]
public sealed record VpcReply(VpcRow Vpc);

/// <summary>What happened to a network.</summary>
public abstract record VpcEvent
{
    private VpcEvent()
    {
    }

    /// <summary>Made.</summary>
    [Wire("vpc.created")]
    public sealed record Created(
        VpcId Id, SiloId Silo, ProjectId Project, string Name, string Description, string DnsName, int Vni, DateTimeOffset At) : VpcEvent;

    /// <summary>Renamed or described anew.</summary>
    [Wire("vpc.updated")]
    public sealed record Updated(string Name, string Description, string DnsName, DateTimeOffset At) : VpcEvent;

    /// <summary>Deleted.</summary>
    [Wire("vpc.deleted")]
    public sealed record Deleted(DateTimeOffset At) : VpcEvent;
}
