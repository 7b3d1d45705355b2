using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>
/// The trace that began this area: four sleds, one is added over the first draft's paths, the configuration is polled and goes through
/// unacked, prepared and committed with digests and times.
/// </summary>
public sealed class SeedTraceTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("spec", "tq/31")]
    [Trait("spec", "tq/32")]
    [Trait("spec", "tq/33")]
    public async Task Four_sleds_grow_to_five_and_the_poll_shows_every_step()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4, spares: 1);
        var spare = quorum.Sleds[4];
        var before = await quorum.RecordAsync(1);
        Print("epoch 1", before);

        // Every link is cut, so that the steps can be seen from outside: three of five prepare nothing that could be committed.
        await quorum.FaultAsync(new { kind = "quorum_cut" }, [.. quorum.Sleds]);
        var added = await quorum.Admin.PostAsync(
            $"{QuorumHost.Root}/sleds", $$"""{"sled_ids": [{"part": "{{QuorumHost.Part}}", "serial": "{{spare.Serial}}"}]}""").Expect(200);
        added.Text.ShouldBe("2");
        var first = await quorum.RecordAsync(2);
        Print("poll 0", first);
        (first.Text("state"), Count(first, "unacked")).ShouldBe(("preparing", 5));
        var coordinator = first.GetProperty("coordinator").Text("serial_number");
        await quorum.HealAsync([.. quorum.Sleds.Take(4).OrderByDescending(s => s.Serial == coordinator).Take(3)]);
        await quorum.Rack.UntilAsync(
            $"{QuorumHost.Root}/sleds/2", r => r.Text("state") == "preparing" && Count(r, "prepared") == 3 && Count(r, "unacked") == 2);
        await quorum.HealAsync([.. quorum.Sleds]);
        var seen = new List<(string State, int Unacked, int Prepared, int Committed, JsonElement Record)>();
        while (seen.LastOrDefault().State != "committed")
        {
            var record = await quorum.RecordAsync(2);
            var now = (record.Text("state")!, Count(record, "unacked"), Count(record, "prepared"), Count(record, "committed"), record);
            if (seen.Count == 0 || (seen[^1].State, seen[^1].Unacked, seen[^1].Prepared, seen[^1].Committed) != (now.Item1, now.Item2, now.Item3, now.Item4))
            {
                seen.Add(now);
                Print($"poll {seen.Count}", record);
            }
        }

        var final = seen[^1].Record;
        (final.GetProperty("epoch").GetInt64(), final.GetProperty("last_committed_epoch").GetInt64()).ShouldBe((2, 1));
        (final.GetProperty("threshold").GetInt32(), final.GetProperty("commit_crash_tolerance").GetInt32()).ShouldBe((3, 1));
        var members = final.GetProperty("members").EnumerateObject().ToList();
        members.Count.ShouldBe(5);
        members.Select(m => m.Value.Text("share_digest")!).ShouldAllBe(d => d.Length == 64);
        members.Select(m => m.Value.Text("share_digest")).ShouldBeUnique();
        members.ShouldAllBe(m => m.Value.Text("time_committed") != null);
        members.Count(m => m.Value.Text("time_prepared") != null).ShouldBeGreaterThanOrEqualTo(4);
        final.GetProperty("encrypted_rack_secrets").Text("data")!.Length.ShouldBe(2 * 56);
        before.GetProperty("members").EnumerateObject().Select(m => m.Name).ShouldContain(final.GetProperty("coordinator") is var c
            ? $"{c.Text("part_number")}:{c.Text("serial_number")}" : "");
        await quorum.UnlockedAsync(2, [.. quorum.Sleds]);
        output.WriteLine("every sled unlocked with the secret of epoch 2; K = 3, crash tolerance Z = 1: up to 2 of 5 may be down at unlock");
    }

    private static int Count(JsonElement record, string state) =>
        record.GetProperty("members").EnumerateObject().Count(m => m.Value.Text("state") == state);

    private void Print(string what, JsonElement r)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: epoch {r.GetProperty("epoch")} {r.Text("state")} K={r.GetProperty("threshold")} Z={r.GetProperty("commit_crash_tolerance")} coordinator {r.GetProperty("coordinator").Text("serial_number")}"));
        foreach (var m in r.GetProperty("members").EnumerateObject())
        {
            var digest = m.Value.Text("share_digest") is { } d ? $"{d[..8]}…{d[^8..]}" : "-";
            output.WriteLine($"  {m.Name}  {m.Value.Text("state"),-9}  {digest}  prepared {m.Value.Text("time_prepared") ?? "-"}  committed {m.Value.Text("time_committed") ?? "-"}");
        }
    }
}
