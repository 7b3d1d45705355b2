using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>The older scheme's store is read by a first start, and never again (trust-quorum 4.2, 4.13).</summary>
public sealed class LrtqImportTests : IDisposable
{
    private static readonly RackId Rack = new(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));

    private readonly string _root = Directory.CreateTempSubdirectory("gantry-lrtq-").FullName;

    private ImmutableArray<string> Drives => [Path.Combine(_root, "0"), Path.Combine(_root, "1")];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_first_start_takes_the_share_over_and_keeps_it_without_the_older_store()
    {
        Older(1);

        (await HasShareAsync()).ShouldBeTrue();
        DeleteOlder();

        (await HasShareAsync()).ShouldBeTrue("it is in the node's own state now");
        new TqFileStore(Drives).Load().ShouldNotBeNull().Lrtq.ShouldNotBeNull().ShareDigests.Count.ShouldBe(LrtqShareData.ShareCount);
    }

    [Fact]
    public async Task A_share_that_appears_later_is_seen_by_the_next_start_only_while_there_is_no_state()
    {
        (await HasShareAsync()).ShouldBeFalse();
        Older(1);
        (await HasShareAsync()).ShouldBeTrue("nothing was saved before");

        DeleteState();
        new TqFileStore(Drives).Save(TqPersistentState.Empty);
        (await HasShareAsync()).ShouldBeFalse("there is a state, so the older store is not looked at");
    }

    [Fact]
    public void One_damaged_copy_is_survived_and_two_stop_the_node()
    {
        Older(1);
        File.WriteAllText(Path.Combine(Drives[0], LrtqFileStore.ShareFile), "{\"threshold\":");
        using (var share = new LrtqFileStore(Drives).Load().ShouldNotBeNull().Share)
        {
            share.X.ShouldBe((byte)1);
        }

        File.WriteAllText(Path.Combine(Drives[1], LrtqFileStore.ShareFile), "");
        var why = Should.Throw<TqWireException>(() => new LrtqFileStore(Drives).Load());
        why.Message.ShouldNotContain("threshold");
    }

    [Fact]
    public void A_share_that_its_digests_do_not_vouch_for_is_damage()
    {
        var (one, other) = (LrtqRack.Make(Rack, 3, new SeededSecretRandom(1)).Shares[0], LrtqRack.Make(Rack, 3, new SeededSecretRandom(2)).Shares[0]);
        new LrtqFileStore(Drives).Write(new LrtqShareData
        {
            RackId = Rack, Threshold = 2, Share = one.Share, ShareDigests = other.ShareDigests,
        });

        Should.Throw<TqWireException>(() => new LrtqFileStore(Drives).Load());
    }

    private void Older(ulong seed) => new LrtqFileStore(Drives).Write(LrtqRack.Make(Rack, 3, new SeededSecretRandom(seed)).Shares[0]);

    private void DeleteOlder() => Drives.ToList().ForEach(d => File.Delete(Path.Combine(d, LrtqFileStore.ShareFile)));

    private void DeleteState() => Drives.ToList().ForEach(d => File.Delete(Path.Combine(d, TqFileStore.StateFile)));

    private async Task<bool> HasShareAsync()
    {
        await using var host = TqNodeHost.Start(
            new TqNodeHostOptions { Self = new BaseboardId("p", "A"), Lrtq = new LrtqFileStore(Drives) },
            new TqFileStore(Drives), TimeProvider.System, SystemSecretRandom.Instance, SystemRandomSource.Instance);
        return (await host.StatusAsync(default)).Value.ShouldNotBeNull().PersistentState.HasLrtqShare;
    }
}
