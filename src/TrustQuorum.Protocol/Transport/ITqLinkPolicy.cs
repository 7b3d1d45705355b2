using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What may go wrong on links; for simulators. Called from many threads.</summary>
public interface ITqLinkPolicy
{
    /// <summary>False keeps or takes the peer away.</summary>
    bool MayTalk(BaseboardId peer);

    /// <summary>What becomes of a message to the peer.</summary>
    TqFate FateOf(BaseboardId peer, string message);
}

/// <summary>What becomes of a message.</summary>
/// <param name="IsLost">It never arrives.</param>
/// <param name="Delay">It leaves later; messages behind it may overtake it.</param>
public readonly record struct TqFate(bool IsLost, TimeSpan Delay);
