using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What goes over a link between two nodes (tq 4.14).</summary>
internal abstract record TqFrame
{
    private TqFrame()
    {
    }

    /// <summary>First frame each way on links without attestation: who speaks.</summary>
    public sealed record Hello(string PlatformId) : TqFrame;

    /// <summary>Still here.</summary>
    public sealed record Ping : TqFrame;

    /// <summary>A message between nodes.</summary>
    public sealed record Tq(RackId RackId, TqMessage Message) : TqFrame;

    /// <summary>Early-network configuration.</summary>
    public sealed record Network(TqNetworkConfig Config) : TqFrame;

    /// <summary>A call of the control plane, passed on.</summary>
    public sealed record ProxyRequest(Guid Id, TqProxyCall Call) : TqFrame;

    /// <summary>Its answer.</summary>
    public sealed record ProxyResponse(Guid Id, TqProxyAnswer Answer) : TqFrame;
}

/// <summary>What can be passed on.</summary>
internal abstract record TqProxyCall
{
    private TqProxyCall()
    {
    }

    public sealed record Commit(TqCommitRequest Request) : TqProxyCall;

    public sealed record PrepareAndCommit(TqConfiguration Config) : TqProxyCall;

    public sealed record Status : TqProxyCall;
}

/// <summary>What comes back.</summary>
internal abstract record TqProxyAnswer
{
    private TqProxyAnswer()
    {
    }

    public sealed record Commit(TqCommitStatus Value) : TqProxyAnswer;

    public sealed record Status(TqNodeStatus Value) : TqProxyAnswer;

    public sealed record Refused(TqError Error) : TqProxyAnswer;
}
