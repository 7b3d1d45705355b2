using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>Turns verdicts into commits: positions, mail ids, receipts.</summary>
internal sealed class CommitMaker(LaneContext lane)
{
    /// <summary>Name part of the kind <c>activity.&lt;name&gt;</c>.</summary>
    public const string ActivityPrefix = "activity.";

    /// <summary>
    /// Where the message of an activity goes: named by its token, which is the token of its reply too, or by a digest of one that is too long to
    /// stand behind the name (as natural keys are, engine 2.2). A saga's key may fill an address; with a step behind it, it would not fit here.
    /// </summary>
    public static EntityAddress AddressOf(Effect.Activity activity)
    {
        var kind = ActivityPrefix + activity.Name;
        return kind.Length + 1 + activity.Token.Length <= EntityAddress.BytesMax
            ? new EntityAddress(kind, activity.Token)
            : new EntityAddress(kind, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(activity.Token)).AsSpan(0, 16)));
    }

    public LaneCommit OfDecision(WorkItem item, EntitySlot slot, Verdict verdict, EffectPlan plan)
    {
        var position = slot.Shard.TakePositions(Math.Max(1, verdict.Events.Length));
        var mail = MailOf(item, slot.Shard, verdict, plan, position);
        var accepted = verdict.Reply as Reply.Accepted;
        return Base(item, position) with
        {
            Revision = slot.TipRevision,
            Before = slot.Tip!,
            Events = verdict.Events,
            Mail = mail,
            TimersReplaced = [.. plan.Timers.Keys],
            Claims = [.. plan.Claims],
            Releases = [.. plan.Releases],
            Receipt = item.IsMail || accepted is null ? null : new Receipt(item.Key, item.Digest, accepted.Value),
        };
    }

    /// <summary>The end of an activity: its mail goes, its result is posted.</summary>
    public LaneCommit OfActivity(WorkItem item)
    {
        var position = item.Shard.TakePositions(1);
        var mail = new MailMaker(lane, item, item.Shard, position);
        mail.AddReply(item.ActivityReply!);
        return Base(item, position) with { Mail = mail.ToMail() };
    }

    /// <summary>A message that is given up.</summary>
    public LaneCommit OfParking(WorkItem item) => Base(item, item.Shard.TakePositions(1)) with
    {
        Parked = new ParkedMail(item.Attempts, item.ParkReason!),
    };

    private ImmutableArray<OutgoingMail> MailOf(WorkItem item, LaneShard shard, Verdict verdict, EffectPlan plan, long position)
    {
        var mail = new MailMaker(lane, item, shard, position);
        try
        {
            foreach (var post in plan.Posts)
            {
                mail.Add(post);
            }

            foreach (var timer in plan.Timers.Values)
            {
                if (timer is not null)
                {
                    mail.AddTimer(timer);
                }
            }

            if (item.IsMail)
            {
                mail.AddReply(verdict.Reply);
            }

            return mail.ToMail();
        }
        catch
        {
            // What follows on to the same shards must not name mail that never was.
            mail.TakeBack();
            throw;
        }
    }

    private LaneCommit Base(WorkItem item, long position) => new()
    {
        Entity = item.To,
        Shard = item.Shard.Id,
        Epoch = item.Shard.Epoch,
        Revision = item.Slot?.TipRevision ?? 0,
        Position = position,
        At = lane.Now,
        Cause = item.Key.Value,
        Caller = item.Caller,
        Trace = item.Trace,
        Before = item.Slot?.Tip ?? Done.Instance,
        Consumed = item.Mail,
    };
}

/// <summary>Gives the messages of one commit their ids and their place after the ones before (engine 4.5).</summary>
internal sealed class MailMaker(LaneContext lane, WorkItem item, LaneShard source, long position)
{
    private readonly ImmutableArray<OutgoingMail>.Builder _mail = ImmutableArray.CreateBuilder<OutgoingMail>();
    private readonly Dictionary<int, long> _previous = [];

    public void Add(Effect post)
    {
        switch (post)
        {
            case Effect.Post p:
                Add(p.To, p.Command, p.Delay > TimeSpan.Zero ? lane.Now + p.Delay : null, null, Meta(p.ReplyToken, null));
                break;
            case Effect.Activity a:
                Add(
                    CommitMaker.AddressOf(a),
                    a.Input,
                    null,
                    null,
                    Meta(a.Token, null) with { Patience = a.Patience });
                break;
            default:
                throw Invariant.Unreachable($"effect {post.GetType().Name} is no post");
        }
    }

    public void AddTimer(Effect.SetTimer timer)
    {
        var due = timer.Due > TimeSpan.Zero ? lane.Now + timer.Due : lane.Now;
        Add(item.To, timer.Command, due, timer.Name, Meta(null, null));
    }

    public void AddReply(Reply reply)
    {
        if (item.Meta?.ReplyToken is { } token)
        {
            Add(item.Meta.From, RefusedReply.Carry(reply), null, null, Meta(null, token));
        }
    }

    /// <summary>Nothing of it goes out: the next messages follow on those before.</summary>
    public void TakeBack()
    {
        foreach (var (target, previous) in _previous)
        {
            source.LastMailTo[target] = previous;
        }
    }

    public ImmutableArray<OutgoingMail> ToMail() => _mail.DrainToImmutable();

    private MailMeta Meta(string? replyToken, string? replyOf)
    {
        // Hops count from the last client command or timer.
        var hops = item.Meta is { } meta && item.TimerName is null ? meta.Hops + 1 : 0;
        return new MailMeta(item.To, replyToken, replyOf, hops, item.Trace) { TracedAt = item.Trace is null ? null : lane.Now };
    }

    private void Add(EntityAddress to, object command, DateTimeOffset? due, string? timerName, MailMeta meta)
    {
        if (to.Kind is null)
        {
            throw new ArgumentException("a message is addressed to nobody", nameof(to));
        }

        var target = ShardId.Of(to, lane.Settings.ShardCount);
        _mail.Add(new OutgoingMail
        {
            Id = new MailId(source.Id.Value, position, _mail.Count),
            To = to,
            ToShard = target,
            Command = command,
            DueAt = due,
            TimerName = timerName,
            Meta = meta,
            Previous = due is null ? Previous(target) : 0,
        });
    }

    // All messages of a commit to one shard share a position, so they share what was before them too.
    private long Previous(ShardId target)
    {
        if (!_previous.TryGetValue(target.Value, out var previous))
        {
            previous = source.LastMailTo.GetValueOrDefault(target.Value);
            _previous[target.Value] = previous;
            source.LastMailTo[target.Value] = position;
        }

        return previous;
    }
}
