using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>Every message between its posting and its end.</summary>
internal sealed class MailLog
{
    private readonly Dictionary<MailId, OutgoingMail> _waiting = [];
    private readonly HashSet<MailId> _consumed = [];
    private readonly Dictionary<(EntityAddress, string), MailId> _timers = [];

    public IEnumerable<OutgoingMail> Waiting => _waiting.Values;

    public OutgoingMail? FirstDueBefore(DateTimeOffset time) => _waiting.Values.FirstOrDefault(m => m.DueAt is not { } due || due < time);

    public bool HasTimer(EntityAddress entity, string name, long number) =>
        _timers.TryGetValue((entity, name), out var id) && _waiting[id].Command is Ring ring && ring.Number == number;

    public string? Take(LaneCommit commit)
    {
        if (commit.Consumed is { } id)
        {
            if (!_consumed.Add(id))
            {
                return $"{id} to {commit.Entity} took effect twice";
            }

            if (!Remove(id))
            {
                return $"{id} to {commit.Entity} took effect and was never posted, or was replaced";
            }
        }

        foreach (var name in commit.TimersReplaced)
        {
            if (_timers.TryGetValue((commit.Entity, name), out var old))
            {
                Remove(old);
            }
        }

        foreach (var mail in commit.Mail)
        {
            _waiting.Add(mail.Id, mail);
            if (mail.TimerName is { } name)
            {
                _timers[(mail.To, name)] = mail.Id;
            }
        }

        return null;
    }

    public string? WhyWrong(MemoryTables tables)
    {
        if (_waiting.Keys.FirstOrDefault(id => !tables.Mail.ContainsKey(id)) is { SourcePosition: > 0 } lost)
        {
            return $"{lost} to {_waiting[lost].To} is neither consumed nor in the store";
        }

        return tables.Mail.Keys.FirstOrDefault(id => !_waiting.ContainsKey(id)) is { SourcePosition: > 0 } extra
            ? $"{extra} is in the store and was never posted, or is consumed"
            : null;
    }

    private bool Remove(MailId id)
    {
        if (!_waiting.Remove(id, out var mail))
        {
            return false;
        }

        if (mail.TimerName is { } name)
        {
            _timers.Remove((mail.To, name));
        }

        return true;
    }
}
