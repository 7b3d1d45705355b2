using System.Collections.Concurrent;
using Gantry.Tests;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Every change of state of a group and of a member is in the log, once (multicast 9.2).</summary>
public sealed class TransitionHttpTests
{
    private const int GroupIs = 2308;
    private const int MemberIs = 2309;

    [Fact]
    [Trait("spec", "multicast/9.2")]
    public async Task Life_of_a_group_and_its_member_is_in_the_log_line_by_line()
    {
        using var log = new Lines();
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Logs = log });
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");
        var instance = await rack.StartNewAsync("t-one");
        var member = (await rack.JoinAsync("t-one", "224.50.0.1").Expect(201)).Id;
        await rack.JoinAsync("t-one", "224.50.0.1").Expect(201);
        var group = (await rack.ConvergedAsync("224.50.0.1")).Text("id")!;
        await rack.MembersAreAsync("224.50.0.1", "Joined");
        await rack.StoppedAsync("t-one");
        await rack.MembersAreAsync("224.50.0.1", "Left");
        await rack.StartedAsync("t-one");
        await rack.MembersAreAsync("224.50.0.1", "Joined");
        await rack.LeaveAsync("t-one", "224.50.0.1").Expect(204);
        await Eventually.HoldsAsync(() => log.Of(GroupIs, "Group", group).Any(l => l.Reason.StartsWith("G7", StringComparison.Ordinal)), TimeSpan.FromSeconds(30));

        log.Of(GroupIs, "Group", group).Select(l => l.Step).ShouldBe(["none > Creating (G1)", "Creating > Active (G3)", "Active > Deleting (G5)", "Deleting > none (G7)"]);
        var members = log.Of(MemberIs, "Group", group);
        members.ShouldAllBe(l => l.Field("Member") == member && l.Field("Instance") == instance);
        members.Where(l => l.Field("From") != l.Field("To")).Select(l => l.Step).ShouldBe(
        [
            "none > Joining (M1)", "Joining > Joined (M4)", "Joined > Left (M15)", "Left > Joining (M12)", "Joining > Joined (M4)", "Joined > none (M16)",
        ]);
        log.Of(GroupIs, "Group", group).Concat(members).ShouldAllBe(l => l.Level == LogLevel.Information);
    }

    private sealed record Line(int Id, LogLevel Level, IReadOnlyDictionary<string, string?> Fields)
    {
        public string Reason => Field("Reason") ?? "";

        public string Step => $"{Field("From")} > {Field("To")} ({Reason.Split(':')[0]})";

        public string? Field(string name) => Fields.GetValueOrDefault(name);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<Line> _lines = new();

        public List<Line> Of(int id, string field, string value) => [.. _lines.Where(l => l.Id == id && l.Field(field) == value)];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id is GroupIs or MemberIs && state is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                _lines.Enqueue(new Line(
                    eventId.Id, logLevel, fields.DistinctBy(f => f.Key).ToDictionary(f => f.Key, f => f.Value?.ToString(), StringComparer.Ordinal)));
            }
        }

        public void Dispose()
        {
            // Nothing is held but text.
        }
    }
}
