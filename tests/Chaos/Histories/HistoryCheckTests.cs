using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>The checkers find what is wrong, and nothing else.</summary>
[Trait("spec", "engine/11.3")]
public sealed class HistoryCheckTests
{
    [Fact]
    public void A_good_history_of_a_register_has_nothing_wrong() => CellCheck.WhatIsWrong(
    [
        Write(1, 0, 10, revision: 1), Read(1, 12, 14, revision: 1), Write(2, 13, 30, revision: 2), Read(1, 15, 20, revision: 1), Read(2, 18, 25, revision: 2),
    ]).ShouldBeEmpty();

    [Fact]
    public void A_read_of_an_older_value_after_a_newer_was_answered_is_found() =>
        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), Write(2, 11, 20, 2), Read(1, 21, 25, 1)]).ShouldNotBeEmpty();

    [Fact]
    public void A_lost_acknowledgement_is_found_by_the_next_read() =>
        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), Write(2, 11, 20, 2), Read(1, 21, 25, 2)]).ShouldNotBeEmpty();

    [Fact]
    public void Two_changes_at_one_revision_are_found() =>
        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), Write(2, 5, 12, 1)]).ShouldNotBeEmpty();

    [Fact]
    public void An_unknown_write_may_be_read_or_not()
    {
        var unknown = Write(2, 11, 20, 0) with { Certainty = Certainty.Unknown };

        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), unknown, Read(2, 30, 31, 2)]).ShouldBeEmpty();
        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), unknown, Read(1, 30, 31, 1)]).ShouldBeEmpty();
    }

    [Fact]
    public void A_write_that_was_answered_as_not_done_may_not_be_read()
    {
        var refused = Write(2, 11, 20, 0) with { Certainty = Certainty.NotDone };

        CellCheck.WhatIsWrong([Write(1, 0, 10, 1), refused, Read(2, 30, 31, 2)]).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_value_that_is_read_before_it_was_sent_or_that_nobody_sent_is_found()
    {
        var later = Write(2, 40, 50, 0) with { Certainty = Certainty.Unknown };

        CellCheck.WhatIsWrong([later, Read(2, 30, 31, 1)]).ShouldNotBeEmpty();
        CellCheck.WhatIsWrong([Read(9, 30, 31, 1)]).ShouldNotBeEmpty();
    }

    [Fact]
    public void Additions_count_one_each()
    {
        var unknown = Add(0, 6, 9, 0) with { Certainty = Certainty.Unknown };

        CellCheck.WhatIsWrong([Add(1, 0, 5, 1), unknown, Add(3, 10, 15, 3)]).ShouldBeEmpty();
        CellCheck.WhatIsWrong([Add(1, 0, 5, 1), Add(1, 6, 9, 2)]).ShouldNotBeEmpty();
        CellCheck.WhatIsWrong([Add(1, 0, 5, 1), Add(3, 6, 9, 3)]).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_name_has_one_holder_at_a_time()
    {
        var drop = Name("a", "drop", 11, 15);

        NameCheck.WhatIsWrong([Name("a", "take", 0, 10), drop, Name("b", "take", 16, 20)]).ShouldBeEmpty();
        NameCheck.WhatIsWrong([Name("a", "take", 0, 10), Name("b", "take", 16, 20)]).ShouldNotBeEmpty();
        NameCheck.WhatIsWrong([Name("a", "take", 0, 10), drop with { Certainty = Certainty.Unknown }, Name("b", "take", 16, 20)]).ShouldBeEmpty();
        NameCheck.WhatIsWrong([Name("a", "take", 0, 10), drop with { Certainty = Certainty.NotDone }, Name("b", "take", 16, 20)]).ShouldNotBeEmpty();
    }

    [Fact]
    public void Payments_arrive_once()
    {
        var unknown = Pay(2) with { Certainty = Certainty.Unknown };
        var refused = Pay(3) with { Certainty = Certainty.NotDone };

        LedgerCheck.WhatIsWrong([Pay(1), unknown, refused], [1]).ShouldBeEmpty();
        LedgerCheck.WhatIsWrong([Pay(1), unknown, refused], [1, 2]).ShouldBeEmpty();
        LedgerCheck.WhatIsWrong([Pay(1)], []).ShouldHaveSingleItem();
        LedgerCheck.WhatIsWrong([Pay(1)], [1, 1]).ShouldHaveSingleItem();
        LedgerCheck.WhatIsWrong([refused], [3]).ShouldHaveSingleItem();
        LedgerCheck.WhatIsWrong([], [4]).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_list_shows_what_was_acknowledged_before_it_was_asked()
    {
        Operation[] writes = [Write(1, 0, 10, 1), Write(2, 11, 20, 2)];

        ListCheck.WhatIsWrong(writes, 15, new Dictionary<string, long> { ["c"] = 1 }).ShouldBeEmpty();
        ListCheck.WhatIsWrong(writes, 25, new Dictionary<string, long> { ["c"] = 1 }).ShouldHaveSingleItem();
        ListCheck.WhatIsWrong(writes, 25, new Dictionary<string, long>()).ShouldHaveSingleItem();
    }

    private static Operation Of(string verb, long invoked, long returned, long revision) => new()
    {
        Cell = "c", Verb = verb, Invoked = invoked, Returned = returned, Certainty = Certainty.Accepted, Revision = revision,
    };

    private static Operation Write(long number, long invoked, long returned, long revision) =>
        Of("write", invoked, returned, revision) with { Number = number, Value = number };

    private static Operation Read(long value, long invoked, long returned, long revision) => Of("read", invoked, returned, revision) with { Value = value };

    private static Operation Add(long count, long invoked, long returned, long revision) => Of("add", invoked, returned, revision) with { Count = count };

    private static Operation Name(string cell, string verb, long invoked, long returned) =>
        Of(verb, invoked, returned, 1) with { Cell = cell, Text = "name" };

    private static Operation Pay(long number) => Of("pay", 0, 1, 1) with { Number = number };
}
