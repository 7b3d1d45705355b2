using Gantry.Actors;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

public sealed class RemoveSagaTests
{
    private static readonly RemoveData s_data = new(InstanceBench.SledA, default, new BaseboardId("p", "s"));

    [Fact]
    [Trait("spec", "vmm/I4")]
    public void A_sled_that_is_not_empty_after_all_is_waited_for_and_one_taken_back_into_use_ends_the_removal()
    {
        var expunge = RemoveSaga.Steps.Single(s => s.Name == "expunge");

        expunge.OnReply(s_data, new Reply.Refused(new Refusal(RefusalKind.Unavailable, "SledNotEmpty", "x")))
            .ShouldBeOfType<StepEnd<RemoveData>.Retry>();
        expunge.OnReply(s_data, new Reply.Refused(Refusal.Conflict("DrainTakenBack", "x")))
            .ShouldBeOfType<StepEnd<RemoveData>.Fail>().Why.Code.ShouldBe("DrainTakenBack");
        expunge.OnReply(s_data, new Reply.Accepted(Done.Instance)).ShouldBeOfType<StepEnd<RemoveData>.Next>();
    }
}
