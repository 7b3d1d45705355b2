using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>
/// Sees every commit and every answer, keeps its own account of what is true, and holds the engine to it: the invariants of engine
/// 11.1 that one node has. Knows nothing of the kernel and trusts nothing of it.
/// </summary>
internal sealed class Judge(World world)
{
    private readonly Dictionary<EntityAddress, EntityLog> _logs = [];
    private readonly Dictionary<(EntityAddress, CommandKey), Ask> _asks = [];
    private readonly Dictionary<(EntityAddress, string), Recorded> _recorded = [];
    private readonly Dictionary<ShardId, (Incarnation Owner, long Epoch)> _owners = [];
    private readonly List<LaneCommit> _history = [];
    private readonly HashSet<(EntityAddress, string)> _acknowledged = [];
    private MailLog _mail = new();
    private NameLog _names = new();
    private int _kept;

    public Violation? Found { get; private set; }

    public long Commits { get; private set; }

    /// <summary>What a later answer may not be behind: a tail that a standby may lack binds nobody, for nobody was answered from it.</summary>
    public long RevisionOf(EntityAddress entity) => _logs.TryGetValue(entity, out var log)
        ? log.Revision - _history.Skip(_kept).Where(c => c.Entity == entity).Sum(c => c.Events.Length)
        : 0;

    public Ask NewAsk(EntityAddress to, CommandKey key, object command)
    {
        var ask = new Ask(world, to, key, command);
        _asks.Add((to, key), ask);
        return ask;
    }

    public Ask AskOf(EntityAddress to, CommandKey key) => _asks[(to, key)];

    public void Joined(Incarnation me, IReadOnlyList<ShardEpoch> shards)
    {
        foreach (var shard in shards)
        {
            _owners[shard.Shard] = (me, shard.Epoch);
        }
    }

    /// <summary>What was committed so far outlives the primary.</summary>
    public void Kept() => _kept = _history.Count;

    /// <summary>The store fell back to what was replicated: the account does too, and nothing that was acknowledged may be missing from it.</summary>
    public void LostTail()
    {
        world.Note($"{_history.Count - _kept} decisions are lost with the tail");
        _history.RemoveRange(_kept, _history.Count - _kept);
        _logs.Clear();
        _recorded.Clear();
        (_mail, _names) = (new MailLog(), new NameLog());
        var kept = _history.ToList();
        _history.Clear();
        kept.ForEach(Take);
        foreach (var (shard, state) in world.Store.Memory.Tables.Shards)
        {
            _owners.Remove(shard);
            if (state.Owner is { } owner)
            {
                _owners[shard] = (owner, state.Epoch);
            }
        }

        foreach (var (entity, key) in _acknowledged)
        {
            if (!_recorded.ContainsKey((entity, key)))
            {
                Violated("I2", $"{key} of {entity} was acknowledged and is not in the journal after the fail-over");
            }
        }
    }

    public void Moved(ShardId shard, long epoch) => _owners[shard] = (_owners[shard].Owner, epoch);

    /// <summary>A batch is in the store.</summary>
    public void Committed(Incarnation by, LaneBatch batch, CommitBatch rows)
    {
        Commits += batch.Commits.Length;
        foreach (var shard in rows.Shards)
        {
            var owner = _owners.GetValueOrDefault(shard.Shard);
            if (owner != (by, shard.Epoch))
            {
                Violated("I9", $"a batch of {by} at epoch {shard.Epoch} of shard {shard.Shard} was taken; it is {owner}");
            }
        }

        foreach (var commit in batch.Commits)
        {
            world.Note($"  {commit.Entity} {commit.Revision} +{string.Join(',', commit.Events.Select(e => e.GetType().Name))} of {commit.Cause}"
                + $"{(commit.Mail.IsEmpty ? "" : $", posts {string.Join(',', commit.Mail.Select(m => $"{m.Id} {m.TimerName}{(m.Command as Credit)?.Number} to {m.To}"))}")}");
            Take(commit);
        }
    }

    /// <summary>What the journal has of a command now.</summary>
    public JournalEntry JournalOf(Ask ask) => new(_recorded.GetValueOrDefault((ask.To, ask.Key.Value)));

    /// <summary>An answer leaves the node, or its connection broke.</summary>
    /// <param name="attempt">Whose answer it is.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="journal">What the journal had of it when the lane answered.</param>
    public void Answered(Attempt attempt, AskAnswer answer, JournalEntry journal)
    {
        var ask = attempt.Ask;
        var recorded = journal.Recorded;
        switch (answer)
        {
            case AskAnswer.Unknown:
                ask.Unknown++;
                break;
            case AskAnswer.Accepted accepted:
                ask.IsAccepted = true;
                Accepted(attempt, accepted, recorded);
                break;
            case AskAnswer.Refused refused:
                if (recorded is not null)
                {
                    Violated("I3", $"{ask} was refused ({refused.Why.Code}) and is in the journal");
                }

                Refused(attempt, refused.Why);
                break;
            default:
                if (recorded is not null && ask.IsCertainlyNotDone)
                {
                    Violated("I3", $"{ask} was answered {answer}, which says not done, and is in the journal");
                }

                break;
        }
    }

    /// <summary>A device took a setting.</summary>
    public void DeviceSet(string machine, DeviceSetting before, DeviceSetting after)
    {
        if (after.Generation < before.Generation)
        {
            Violated("I10", $"device {machine} fell from generation {before.Generation} to {after.Generation}");
        }
    }

    /// <summary>What still has to happen; null when everything is at rest.</summary>
    public string? WhyNotQuiet()
    {
        var now = Clockwork.Begin + world.Now;
        if (_mail.FirstDueBefore(now + TimeSpan.FromMinutes(10)) is { } mail)
        {
            return $"{mail.Id} to {mail.To} waits";
        }

        foreach (var (entity, log) in _logs)
        {
            switch (log.State)
            {
                case SagaState { IsEnded: false } saga:
                    return $"{entity} is {saga.Word} at {saga.Step}: {saga.LastError}";
                case MachineState machine when machine.Applied != machine.Generation:
                    return $"{entity} wants {machine.Generation}, applied {machine.Applied}";
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>The last look at everything.</summary>
    public void End(bool isQuiet)
    {
        var tables = world.Store.Memory.Tables;
        foreach (var (entity, log) in _logs)
        {
            var rows = tables.Events.GetValueOrDefault(entity, []);
            if (rows.Count != log.Revision)
            {
                Violated("I1", $"{entity} has {rows.Count} events in the store, {log.Revision} were committed");
            }
        }

        Check("I6", ViewCheck.WhyWrong(world.Model, tables, _logs));
        Check("I7", _names.WhyWrong(tables));
        Check("I4", _mail.WhyWrong(tables));
        Check("I4", AccountCheck.WhyWrong(_logs, _mail));
        Check("I8", AlarmCheck.WhyWrong(_logs, _mail));
        if (isQuiet)
        {
            Check("I10", MachineCheck.WhyWrong(_logs, world.Device.Machines));
            Check("I12", TripCheck.WhyWrong(_logs, world.Device.Taken));
        }
    }

    /// <summary>Writes a violation down and ends the run. Also said on an async path, where the throw is lost but the note is not.</summary>
    public void Violated(string invariant, string what)
    {
        if (Found is null)
        {
            Found = new Violation(invariant, what);
            world.Note($"VIOLATION {Found}");
        }

        throw new ViolationException();
    }

    /// <summary>The kernel threw: a bug whatever else holds.</summary>
    public void Broke(Exception e)
    {
        Found ??= new Violation("kernel", $"{e.GetType().Name}: {e.Message} at {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}");
        world.Note($"VIOLATION {Found}");
    }

    private void Check(string invariant, string? why)
    {
        if (why is not null)
        {
            Violated(invariant, why);
        }
    }

    private void Take(LaneCommit commit)
    {
        _history.Add(commit);
        if (commit.Parked is not null)
        {
            Violated("I4", $"{commit.Consumed} to {commit.Entity} was parked: {commit.Parked.Reason}");
        }

        Check("I4", _mail.Take(commit));
        if (!world.Model.Kinds.ContainsKey(commit.Entity.Kind))
        {
            // The end of an activity: its message goes, its result is posted, and nobody decides anything.
            return;
        }

        var log = LogOf(commit.Entity);
        if (!commit.Events.IsEmpty)
        {
            Check("I1", log.Take(commit));
            Check("I7", _names.Take(commit));
            foreach (var fact in commit.Events)
            {
                Check("I8", fact is RangStale stale ? $"{commit.Entity}: alarm {stale.Name} rang as {stale.Number} though it was replaced" : null);
            }
        }

        Check("I4", AccountCheck.WhyOutOfOrder(commit, log));
        if (commit.Receipt is { } receipt)
        {
            Record(commit, receipt);
        }
    }

    private void Record(LaneCommit commit, Receipt receipt)
    {
        var recorded = new Recorded(receipt.Reply, commit.Revision + commit.Events.Length);
        if (!_recorded.TryAdd((commit.Entity, receipt.Key.Value), recorded))
        {
            Violated("I2", $"key {receipt.Key} is in the journal of {commit.Entity} twice");
        }

        if (_asks[(commit.Entity, receipt.Key)] is { IsCertainlyNotDone: true } ask)
        {
            Violated("I3", $"{ask} was answered as not done and is done now");
        }
    }

    private void Accepted(Attempt attempt, AskAnswer.Accepted answer, Recorded? recorded)
    {
        var ask = attempt.Ask;
        if (recorded is not null)
        {
            _acknowledged.Add((ask.To, ask.Key.Value));
            if (!recorded.Reply.Equals(answer.Value) || recorded.Revision != answer.Revision)
            {
                Violated("I2", $"{ask} was answered {answer}, the journal says {recorded}");
            }

            return;
        }

        var log = LogOf(ask.To);
        if (answer.Revision < attempt.RevisionAtSending || answer.Revision > log.Revision)
        {
            Violated(
                answer.Revision > log.Revision ? "I2" : "I5",
                $"{ask} was answered {answer}; committed were {attempt.RevisionAtSending} at its sending and {log.Revision} now");
        }

        var decision = log.DecideAt(answer.Revision, ask, world.Model, Now);
        if (decision.Reply is not Reply.Accepted accepted || !accepted.Value.Equals(answer.Value) || !decision.Events.IsEmpty)
        {
            Violated("I5", $"{ask} was answered {answer}; at that revision it is {decision.Reply} with {decision.Events.Length} events");
        }
    }

    private void Refused(Attempt attempt, Refusal why)
    {
        // Taken claims are the store's word, and a revision apart from the entity's.
        if (why.Code == "ClaimTaken")
        {
            return;
        }

        var log = LogOf(attempt.Ask.To);
        for (var revision = attempt.RevisionAtSending; revision <= log.Revision; revision++)
        {
            if (log.DecideAt(revision, attempt.Ask, world.Model, Now).Reply is Reply.Refused refused && refused.Why.Code == why.Code)
            {
                return;
            }
        }

        Violated("I5", $"{attempt.Ask} was refused ({why.Code}), but never between {attempt.RevisionAtSending} and {log.Revision} was that so");
    }

    private DateTimeOffset Now => Clockwork.Begin + world.Now;

    private EntityLog LogOf(EntityAddress entity)
    {
        if (!_logs.TryGetValue(entity, out var log))
        {
            _logs.Add(entity, log = new EntityLog(entity, world.Model.Kinds[entity.Kind].Runner));
        }

        return log;
    }

}

/// <summary>A command in the journal, by its receipt.</summary>
internal sealed record Recorded(object Reply, long Revision);

/// <summary>What the journal had of a command at some moment; nothing when it was not done.</summary>
internal sealed record JournalEntry(Recorded? Recorded);

/// <summary>An invariant that did not hold.</summary>
/// <param name="Invariant">Its number in engine 11.1; <c>kernel</c> for a throw, <c>sim</c> for the simulator itself.</param>
/// <param name="What">What was seen.</param>
public sealed record Violation(string Invariant, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Invariant}: {What}";
}

/// <summary>Ends a run; the judge holds what was found.</summary>
internal sealed class ViolationException : Exception;
