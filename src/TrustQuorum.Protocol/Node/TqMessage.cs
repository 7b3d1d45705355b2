namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// What one node says to another (tq 4.4). A message that carries a share owns it: whoever takes the message out of the node disposes it, and
/// the node copies what it keeps of one it is given.
/// </summary>
public abstract record TqMessage : IDisposable
{
    private TqMessage()
    {
    }

    /// <summary>Its name in logs.</summary>
    public abstract string Name { get; }

    /// <summary>A configuration and the receiver's share, from the coordinator.</summary>
    /// <param name="Config">The configuration.</param>
    /// <param name="KeyShare">The receiver's share.</param>
    public sealed record Prepare(TqConfiguration Config, KeyShare KeyShare) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "prepare";

        private protected override KeyShare? Carried => KeyShare;
    }

    /// <summary>The sender durably prepared the epoch.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record PrepareAck(ulong Epoch) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "prepare_ack";
    }

    /// <summary>Asks for the receiver's share.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record GetShare(ulong Epoch) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "get_share";
    }

    /// <summary>The sender's share.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="KeyShare">The share.</param>
    public sealed record Share(ulong Epoch, KeyShare KeyShare) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "share";

        private protected override KeyShare? Carried => KeyShare;
    }

    /// <summary>Asks for the receiver's share of the older scheme.</summary>
    public sealed record GetLrtqShare : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "get_lrtq_share";
    }

    /// <summary>The sender's share of the older scheme.</summary>
    /// <param name="KeyShare">The share.</param>
    public sealed record LrtqShare(KeyShare KeyShare) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "lrtq_share";

        private protected override KeyShare? Carried => KeyShare;
    }

    /// <summary>The receiver is no member as of a committed epoch.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record Expunged(ulong Epoch) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "expunged";
    }

    /// <summary>A newer configuration is committed.</summary>
    /// <param name="Config">The configuration.</param>
    public sealed record CommitAdvance(TqConfiguration Config) : TqMessage
    {
        /// <inheritdoc/>
        public override string Name => "commit_advance";
    }

    /// <summary>The share that goes with it.</summary>
    private protected virtual KeyShare? Carried => null;

    /// <summary>Zeroes a share it carries.</summary>
    public void Dispose()
    {
        Carried?.Dispose();
        GC.SuppressFinalize(this);
    }
}
