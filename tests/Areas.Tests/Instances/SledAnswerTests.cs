using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>The table of vmm 3.7, and what a start makes of the same answers.</summary>
public sealed class SledAnswerTests
{
    [Theory]
    [InlineData(404, "NO_SUCH_INSTANCE", true)]
    [InlineData(404, null, false)]
    [InlineData(404, "OTHER", false)]
    [InlineData(410, "NO_SUCH_INSTANCE", false)]
    [InlineData(500, "NO_SUCH_INSTANCE", false)]
    [Trait("spec", "vmm/I13")]
    public void Only_404_with_its_code_proves_a_VMM_lost(int status, string? code, bool isGone) =>
        SledAnswer.IsGone(Rejected(status, code)).ShouldBe(isGone);

    [Theory]
    [InlineData(404, RefusalKind.InvalidRequest, RefusalKind.InvalidRequest)]
    [InlineData(410, RefusalKind.InvalidRequest, RefusalKind.InvalidRequest)]
    [InlineData(400, RefusalKind.InvalidRequest, RefusalKind.InvalidRequest)]
    [InlineData(503, RefusalKind.Unavailable, RefusalKind.Unavailable)]
    [InlineData(500, RefusalKind.Bug, RefusalKind.Bug)]
    public void Answers_become_what_the_table_says(int status, RefusalKind user, RefusalKind start)
    {
        SledAnswer.ForUser(Rejected(status, null)).Kind.ShouldBe(user);
        SledAnswer.ForStart(Rejected(status, null)).Kind.ShouldBe(start);
    }

    [Fact]
    public void No_connection_and_no_answer_are_told_apart_except_in_a_start()
    {
        var unreachable = new DeviceOutcome<SledVmmUpdate>.Unreachable("refused", Turns.Start);
        var silent = new DeviceOutcome<SledVmmUpdate>.NoAnswer("time-out");
        var broken = new DeviceOutcome<SledVmmUpdate>.NoAnswer("reset") { IsBroken = true };

        SledAnswer.ForUser(unreachable).Kind.ShouldBe(RefusalKind.DeviceUnreachable);
        SledAnswer.ForUser(silent).Kind.ShouldBe(RefusalKind.DeviceTimeout);
        SledAnswer.ForUser(broken).Kind.ShouldBe(RefusalKind.DeviceUnreachable, "a reset is no time-out");
        SledAnswer.ForStart(unreachable).Kind.ShouldBe(RefusalKind.Bug);
        SledAnswer.ForStart(broken).Kind.ShouldBe(RefusalKind.Bug);
        SledAnswer.IsSurelyNotSent(broken).ShouldBeFalse();
        SledAnswer.IsOwedPull(broken).ShouldBeTrue();
        SledAnswer.ForStart(silent).Kind.ShouldBe(RefusalKind.Bug);
        SledAnswer.IsSurelyNotSent(unreachable).ShouldBeTrue();
        SledAnswer.IsSurelyNotSent(silent).ShouldBeFalse();
    }

    private static DeviceOutcome<SledVmmUpdate> Rejected(int status, string? code) =>
        new DeviceOutcome<SledVmmUpdate>.Rejected(status, code, "said so");
}
