using Gantry.Actors.Runtime;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>The control plane ends after any of the commits of a reconfiguration; the next start on the same store finishes it.</summary>
public sealed class ControlPlaneCrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_crash_after_any_commit_is_made_up_for_by_the_next_start(int commits)
    {
        await using var lab = await QuorumLab.StartAsync(members: 4, others: 1);
        var count = new CommitCount(commits);
        using var listening = lab.Get<CommitListeners>().Subscribe(count);

        var added = lab.AddAsync(lab.Sleds[4]);
        await Task.WhenAny(count.Reached, lab.UntilAsync(2, TqStates.Committed));
        await lab.CrashAsync();
        await ((Task)added).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await lab.BootAsync();

        var record = await lab.FindAsync(2) is null
            ? throw new InvalidOperationException("the proposal was committed and is gone")
            : await lab.UntilAsync(2, TqStates.Committed);
        record.Members.ShouldAllBe(m => m.State == TqMemberStates.Committed);
        record.EncryptedRackSecrets.ShouldNotBeNull();
        record.CoordinatorError.ShouldBeNull("a call that ran twice is no failure of the epoch");
        (await lab.FindAsync(null)).ShouldNotBeNull().Epoch.ShouldBe(2);
        foreach (var sled in lab.Sleds)
        {
            var status = (await sled.Quorum!.Host!.StatusAsync(default)).Value.ShouldNotBeNull(); // the lab's sleds run
            status.PersistentState.Commits.ShouldContain(2UL);
            status.Alarms.ShouldBeEmpty();
        }
    }
}
