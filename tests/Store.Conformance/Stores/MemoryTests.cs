using Gantry.Actors.Storage;
using Gantry.Primitives;

namespace Gantry.Store.Conformance;

/// <summary>The store in memory.</summary>
public sealed class MemoryHarness : StoreHarness, IHoldsMembers
{
    public override bool IsDurable => false;

    public override bool CanLoseAnswers => false;

    public override IActorStore Make() => new MemoryStore(new SeededRandomSource(1));

    public IMembershipStore Of(IActorStore store) => ((MemoryStore)store).Membership;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class MemoryFenceTests : FenceConformance<MemoryHarness>;

public sealed class MemoryLoserTests : LoserConformance<MemoryHarness>;

public sealed class MemoryJournalTests : JournalConformance<MemoryHarness>;

public sealed class MemoryMailTests : MailConformance<MemoryHarness>;

public sealed class MemoryViewTests : ViewConformance<MemoryHarness>;

public sealed class MemoryMembershipTests : MembershipConformance<MemoryHarness>;

public sealed class MemoryMaintenanceTests : MaintenanceConformance<MemoryHarness>;
