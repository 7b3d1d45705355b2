using Gantry.Actors;
using Gantry.Contracts;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;
using static Gantry.Areas.Tests.TrustQuorum.TqRack;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>Every event of trust-quorum 5.2 in every state: what is not in the table of transitions is refused and changes nothing.</summary>
public sealed class TqTransitionTests
{
    private const string Accepted = "accepted";
    private const string Nothing = "unchanged";

    private static readonly string[] s_commands = ["create", "add", "remove", "upgrade", "recover", "prepare", "commit", "abort"];

    [Theory]
    [InlineData("none", Accepted, "QuorumNotSetUp", "QuorumNotSetUp", Accepted, "QuorumNotSetUp", "QuorumReportStale", "QuorumReportStale", "ObjectNotFound")]
    [InlineData(
        TqStates.Preparing,
        "QuorumAlreadyFormed", "QuorumChangeInProgress", "QuorumChangeInProgress", "QuorumAlreadyUpgraded", Accepted, Accepted, "QuorumReportStale", Accepted)]
    [InlineData(
        TqStates.PreparingLrtqUpgrade,
        "QuorumAlreadyFormed", "QuorumChangeInProgress", "QuorumChangeInProgress", "QuorumChangeInProgress", Accepted, Accepted, "QuorumReportStale", Accepted)]
    [InlineData(
        TqStates.Committing,
        "QuorumAlreadyFormed", "QuorumNotSettled", "QuorumNotSettled", "QuorumAlreadyUpgraded", "NothingToRecover", "QuorumReportStale", Accepted, "QuorumPastAbort")]
    [InlineData(
        TqStates.Committed,
        "QuorumAlreadyFormed", Accepted, Accepted, "QuorumAlreadyUpgraded", "NothingToRecover", "QuorumReportStale", "QuorumReportStale", "QuorumPastAbort")]
    [InlineData(
        TqStates.CommittedPartially,
        "QuorumAlreadyFormed", Accepted, Accepted, "QuorumAlreadyUpgraded", "NothingToRecover", "QuorumReportStale", "QuorumReportStale", "QuorumPastAbort")]
    [InlineData(
        TqStates.Aborted,
        "QuorumAlreadyFormed", Accepted, Accepted, "QuorumAlreadyUpgraded", Accepted, "QuorumReportStale", "QuorumReportStale", Nothing)]
    public void Each_state_takes_what_the_table_lists(string state, params string[] expected)
    {
        var at = In(state);

        s_commands.Select(c => Told(at, c)).ShouldBe(expected);
    }

    private static string Told(TqState at, string command)
    {
        var turn = new Turn(Addresses.TqConfig(Id), 1, DateTimeOffset.UnixEpoch, new CommandKey("k"), new Principal(PrincipalKind.User, "u1", "admin"));
        var decision = TqDecider.Decide(at, Command(at, command), turn);
        if (decision.Reply is Reply.Refused refused)
        {
            (decision.Events.Length, decision.Effects.Length).ShouldBe((0, 0), $"{command} was refused");
            return refused.Why.Code;
        }

        return decision.Events.IsEmpty ? Nothing : Accepted;
    }

    // Reports are of the newest epoch, so that nothing but the state stands in their way.
    private static TqCommand Command(TqState at, string command) => command switch
    {
        "create" => new TqCommand.Create(new RackCreated(Boards(4), Board(0))),
        "add" => new AddSleds([Board(9)], new ProposalFacts()),
        "remove" => new RemoveSled(Board(0), new ProposalFacts()),
        "upgrade" => new UpgradeLrtq(Boards(5), new ProposalFacts()),
        "recover" => new RecoverQuorum(new ProposalFacts()),
        "prepare" => at.Latest is { } latest
            ? new RecordPrepare(latest.Epoch, Config(latest), [latest.Coordinator])
            : new RecordPrepare(1, Config(Formed(4).Latest), []),
        "commit" => new RecordCommit(at.Latest?.Epoch ?? 1, [.. (at.Latest?.Members ?? []).Select(m => m.Id)]),
        "abort" => new AbortLatest("a test"),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static TqState In(string state)
    {
        var rack = state is "none" or TqStates.PreparingLrtqUpgrade ? new TqRack() : Formed(4);
        switch (state)
        {
            case "none":
                break;
            case TqStates.PreparingLrtqUpgrade:
                rack.Must(new UpgradeLrtq(Boards(5), new ProposalFacts()));
                break;
            case TqStates.Preparing:
                rack.Must(rack.Add(4));
                break;
            case TqStates.Aborted:
                rack.Must(rack.Add(4)).Must(new AbortLatest("a test"));
                break;
            case TqStates.Committing:
                rack.Must(rack.Add(4)).Must(rack.Prepare(5));
                break;
            default:
                rack.Must(rack.Add(4)).Settle();
                break;
        }

        // As the newest it is never met, by construction; refused or taken all the same, it is as final as committed.
        var made = state == TqStates.CommittedPartially
            ? rack.State with { Latest = rack.Latest with { State = TqStates.CommittedPartially } }
            : rack.State;
        (made.Latest?.State ?? "none").ShouldBe(state);
        return made;
    }
}
