using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

public sealed class SwitchDeciderTests
{
    private static readonly EntityAddress Self = Addresses.Switch(SledWorld.Rack, 1);
    private SwitchState _state = SwitchDecider.Initial;
    private int _revision;

    [Fact]
    public void Declared_switch_keeps_its_id_when_its_address_moves()
    {
        Do(new DeclareSwitch(SledWorld.Rack, 1, "http://127.0.0.1:12225"));
        var id = _state.Id;

        Do(new DeclareSwitch(SledWorld.Rack, 1, "http://127.0.0.1:12225")).ShouldBeOfType<Reply.Accepted>();
        Do(new DeclareSwitch(SledWorld.Rack, 1, "http://127.0.0.1:12230"));

        _state.Id.ShouldBe(id);
        _state.Address.ShouldBe("http://127.0.0.1:12230");
        _revision.ShouldBe(2);
    }

    [Theory]
    [InlineData(2, "http://127.0.0.1:1")]
    [InlineData(0, "http://127.0.0.1:1")]
    [InlineData(1, "127.0.0.1")]
    [InlineData(1, "ftp://127.0.0.1")]
    public void Wrong_slot_or_address_is_refused(int slot, string address)
    {
        Do(new DeclareSwitch(SledWorld.Rack, slot, address)).Refusal().Kind.ShouldBe(RefusalKind.InvalidValue);
    }

    [Fact]
    public void What_the_switch_says_is_recorded_sorted_and_once()
    {
        Do(new DeclareSwitch(SledWorld.Rack, 1, "http://127.0.0.1:12225"));

        Do(new RecordSwitch(new SwitchSeen("S1", "tofino", 2, ["rear2", "rear1"]), SledWorld.Start));
        Do(new RecordSwitch(new SwitchSeen("S1", "tofino", 2, ["rear1", "rear2"]), SledWorld.Start.AddMinutes(1)));

        _state.RearPorts!.Value.ShouldBe(["rear1", "rear2"]);
        _revision.ShouldBe(2);
    }

    [Fact]
    public void Undeclared_switch_is_not_found()
    {
        Do(new RecordSwitch(new SwitchSeen("S1", "p", 1, []), SledWorld.Start)).Refusal().Kind.ShouldBe(RefusalKind.NotFound);
    }

    private Reply Do(SwitchCommand command)
    {
        var turn = new Turn(Self, _revision, SledWorld.Start, new CommandKey("k"), Principal.Engine);
        var decision = SwitchDecider.Decide(_state, command, turn);
        _revision += decision.Events.Length;
        _state = decision.Events.Aggregate(_state, SwitchDecider.Apply);
        return decision.Reply;
    }
}
