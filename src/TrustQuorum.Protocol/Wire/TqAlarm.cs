using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// A broken invariant of the protocol (tq 4.12). Kept in memory until the node restarts; the node goes on. JSON: an object with the one key
/// that names the alarm.
/// </summary>
[JsonConverter(typeof(TqAlarmJsonConverter))]
public abstract record TqAlarm
{
    private TqAlarm()
    {
    }

    /// <summary>The name in JSON.</summary>
    public abstract string Name { get; }

    /// <summary>Two different configurations of one epoch.</summary>
    /// <param name="Stored">The one kept.</param>
    /// <param name="Received">The one that came.</param>
    /// <param name="From">A peer, or <c>Nexus</c>.</param>
    public sealed record MismatchedConfigurations(TqConfiguration Stored, TqConfiguration Received, string From) : TqAlarm
    {
        /// <inheritdoc/>
        public override string Name => "mismatched_configurations";
    }

    /// <summary>The own share could not be computed from valid shares.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Error">Why.</param>
    public sealed record ShareComputationFailed(ulong Epoch, CombineError Error) : TqAlarm
    {
        /// <inheritdoc/>
        public override string Name => "share_computation_failed";
    }

    /// <summary>Shares are collected for an epoch later than the latest commit.</summary>
    /// <param name="LatestCommittedEpoch">The latest commit.</param>
    /// <param name="CollectingEpoch">What is collected.</param>
    public sealed record CommittedConfigurationLost(ulong LatestCommittedEpoch, ulong CollectingEpoch) : TqAlarm
    {
        /// <inheritdoc/>
        public override string Name => "committed_configuration_lost";
    }

    /// <summary>Secrets of earlier epochs do not open.</summary>
    /// <param name="Epoch">The configuration that carries them.</param>
    /// <param name="Error">Why.</param>
    public sealed record RackSecretDecryptionFailed(ulong Epoch, DecryptionError Error) : TqAlarm
    {
        /// <inheritdoc/>
        public override string Name => "rack_secret_decryption_failed";
    }

    /// <summary>A secret could not be rebuilt from valid shares.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Error">Why.</param>
    public sealed record RackSecretReconstructionFailed(ulong Epoch, TqReconstructError Error) : TqAlarm
    {
        /// <inheritdoc/>
        public override string Name => "rack_secret_reconstruction_failed";
    }

    /// <summary>Who sent what did not match when it was the control plane.</summary>
    public const string FromNexus = "Nexus";
}
