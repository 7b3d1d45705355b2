using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A message on its way.</summary>
/// <param name="To">Receiver.</param>
/// <param name="From">Sender; the channel vouches for it.</param>
/// <param name="RackId">The sender's rack.</param>
/// <param name="Message">What is said.</param>
public sealed record TqEnvelope(BaseboardId To, BaseboardId From, RackId RackId, TqMessage Message);
