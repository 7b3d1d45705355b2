using System.Collections.Immutable;
using System.Text;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Primitives;

namespace Gantry.Engine.Tests.Links;

/// <summary>One frame of each kind and one answer of each outcome, with every member set.</summary>
internal static class FrameSamples
{
    public static readonly ImmutableArray<(string Name, LinkFrame Frame)> All =
    [
        ("ask", Ask(7)),
        ("ask-bare", new LinkFrame.Ask
        {
            Id = 1, To = Web, Body = Body("x.do"), Key = new CommandKey("k"), Caller = Principal.Engine, Remaining = TimeSpan.FromSeconds(1), Hops = 1,
        }),
        ("answer-accepted", new LinkFrame.Answer(7, new LinkOutcome.Accepted(Body("done"), 12, true))),
        ("answer-tried", new LinkFrame.Answer(7, new LinkOutcome.Tried(
            Body("done"), 12, [Body("x.done"), Body("x.told")], [new LinkPost(Web, Body("y.do"), TimeSpan.FromSeconds(3), "token")])
        {
            Others =
            [
                new LinkEffect(LinkEffectKind.Claim, "space", "value"),
                new LinkEffect(LinkEffectKind.SetTimer, "timer", "", TimeSpan.FromSeconds(3), Body("x.due")),
            ],
        })),
        ("answer-refused", new LinkFrame.Answer(7, new LinkOutcome.Refused(new Refusal(RefusalKind.Conflict, "Code", "message", "remedy")))),
        ("answer-overloaded", new LinkFrame.Answer(7, new LinkOutcome.Overloaded(TimeSpan.FromMilliseconds(1_500)))),
        ("answer-unavailable", new LinkFrame.Answer(7, new LinkOutcome.Unavailable(TimeSpan.FromMilliseconds(2_500)))),
        ("answer-unknown", new LinkFrame.Answer(7, new LinkOutcome.Unknown("reason"))),
        ("moved", new LinkFrame.Moved(7, new ShardId(42), new Incarnation(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11])), 9)),
        ("moved-nowhere", new LinkFrame.Moved(7, new ShardId(42), null, 9)),
        ("doorbell", new LinkFrame.Doorbell(new ShardId(3), new ShardId(4), 5, 6, [Mail])),
        ("doorbell-look", new LinkFrame.Doorbell(new ShardId(3), new ShardId(4), 5, 0, [])),
        ("prepare", new LinkFrame.Prepare(new ShardId(3), 11, [Web, new EntityAddress("vmm", "b")])),
        ("ready", new LinkFrame.Ready(new ShardId(3), 11)),
        ("go", new LinkFrame.Go(new ShardId(3), 12, [Ask(8), Ask(9)])),
        ("nudge", new LinkFrame.Nudge("multicast_reconciler", "rack-0", true, "00-1-2-01")),
        ("inquire", new LinkFrame.Inquire(5, "entity", Encoding.UTF8.GetBytes("{}"), TimeSpan.FromSeconds(2))),
        ("told", new LinkFrame.Told(5, true, Encoding.UTF8.GetBytes("{\"a\":1}"))),
    ];

    private static EntityAddress Web => new("instance", "web-1");

    private static LinkMail Mail => new(
        new MailId(3, 77, 1), Web, DateTimeOffset.UnixEpoch.AddDays(20_000), "sweep", Body("x.sweep"),
        new MailMeta(new EntityAddress("vmm", "a"), "token", "reply", 4, "00-1-2-01", TimeSpan.FromSeconds(9)));

    public static LinkFrame.Ask Ask(long id, int bytes = 12) => new()
    {
        Id = id, To = Web, Body = new LinkBody("instance.create", 2, new byte[bytes]), Key = new CommandKey($"key-{id}"), Digest = "digest",
        Caller = new Principal(PrincipalKind.User, "u-1", "admin"), ExpectedRevision = 3, ExpectedGeneration = -4, Remaining = TimeSpan.FromSeconds(5),
        Hops = 2, IsDryRun = true, IsRepeat = true, Trace = "00-1-2-01",
    };

    private static LinkBody Body(string tag) => new(tag, 1, Encoding.UTF8.GetBytes($"{{\"tag\":\"{tag}\"}}"));
}
