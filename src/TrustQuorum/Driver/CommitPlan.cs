using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>What a member that has not committed needs (trust-quorum 6.5).</summary>
/// <param name="Member">The member.</param>
/// <param name="IsPrepared">It holds configuration and share: a commit is enough. Else it gets the configuration as well.</param>
internal sealed record CommitOperation(BaseboardId Member, bool IsPrepared);

/// <summary>Plans the commit operations of a pass. Pure.</summary>
internal static class CommitPlan
{
    /// <summary>Operations in member order; none for members that committed.</summary>
    public static ImmutableArray<CommitOperation> Operations(TqRecord record) =>
    [
        .. record.Members
            .Where(m => m.State != TqMemberStates.Committed)
            .Select(m => new CommitOperation(m.Id, m.State == TqMemberStates.Prepared)),
    ];

    /// <summary>Shares work out: each gets an equal run of consecutive parts, the last one also the remainder.</summary>
    public static ImmutableArray<ImmutableArray<T>> Share<T>(ImmutableArray<T> work, int clients)
    {
        if (clients == 0)
        {
            return [];
        }

        var each = work.Length / clients;
        return
        [
            .. Enumerable.Range(0, clients).Select(i => i == clients - 1
                ? work[(i * each)..]
                : work[(i * each)..((i + 1) * each)]),
        ];
    }

    /// <summary>The configuration as nodes take it; null when the record lacks a digest or the sealed secrets it must have (H2).</summary>
    public static TqConfiguration? Configuration(TqRecord record)
    {
        if (record is { LastCommittedEpoch: not null, EncryptedRackSecrets: null })
        {
            return null;
        }

        var members = ImmutableArray.CreateBuilder<Protocol.TqMember>();
        foreach (var member in record.Members)
        {
            if (!ShareDigest.TryParse(member.ShareDigest, out var digest))
            {
                return null;
            }

            members.Add(new Protocol.TqMember(member.Id, digest));
        }

        return new TqConfiguration
        {
            RackId = record.Rack,
            Epoch = (ulong)record.Epoch,
            Coordinator = record.Coordinator,
            Threshold = (byte)record.Threshold,
            Members = members.ToImmutable(),
            EncryptedRackSecrets = record.EncryptedRackSecrets is { } s
                ? new EncryptedRackSecrets([.. Convert.FromHexString(s.Salt)], [.. Convert.FromHexString(s.Data)])
                : null,
        };
    }

    /// <summary>What a coordinator told, in the words of the record.</summary>
    public static CoordinatorConfig Told(TqConfiguration config) => new(
        config.RackId,
        (long)config.Epoch,
        config.Threshold,
        config.Coordinator,
        [.. config.Members.Select(m => new TqDigest(m.Id, m.ShareDigest.ToString()))],
        config.EncryptedRackSecrets is { } s
            ? new TqSealedSecrets(Convert.ToHexStringLower(s.Salt.AsSpan()), Convert.ToHexStringLower(s.Data.AsSpan()))
            : null);
}
