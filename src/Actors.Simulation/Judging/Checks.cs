using System.Text.Json;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>Money: none is lost, made, or taken out of turn.</summary>
internal static class AccountCheck
{
    public static string? WhyOutOfOrder(LaneCommit commit, EntityLog log)
    {
        for (var i = 0; i < commit.Events.Length; i++)
        {
            if (commit.Events[i] is Credited { Number: > 0 } credited)
            {
                var before = (AccountState)log.States[(int)commit.Revision + i];
                if (before.GotFrom.GetValueOrDefault(credited.From.Key) != credited.Number - 1)
                {
                    return $"{commit.Entity} got credit {credited.Number} of {credited.From} after "
                        + $"{before.GotFrom.GetValueOrDefault(credited.From.Key)}";
                }
            }
        }

        return null;
    }

    public static string? WhyWrong(IReadOnlyDictionary<EntityAddress, EntityLog> logs, MailLog mail)
    {
        var deposited = logs.Values.SelectMany(l => l.Facts).OfType<Deposited>().Sum(d => d.Amount);
        var held = logs.Values.Select(l => l.State).OfType<AccountState>().Sum(s => s.Balance);
        var onItsWay = mail.Waiting.Select(m => m.Command).OfType<Credit>().Sum(c => c.Amount);
        return deposited == held + onItsWay ? null : $"{deposited} was deposited, {held} is held and {onItsWay} on its way";
    }
}

/// <summary>Alarms: one that is armed has its timer.</summary>
internal static class AlarmCheck
{
    public static string? WhyWrong(IReadOnlyDictionary<EntityAddress, EntityLog> logs, MailLog mail)
    {
        foreach (var log in logs.Values)
        {
            if (log.State is AlarmState state)
            {
                foreach (var (name, number) in state.Armed)
                {
                    if (!mail.HasTimer(log.Entity, name, number))
                    {
                        return $"{log.Entity}: alarm {name} {number} is armed and has no timer";
                    }
                }
            }
        }

        return null;
    }
}

/// <summary>Machines: after quiet every device equals its newest document.</summary>
internal static class MachineCheck
{
    public static string? WhyWrong(
        IReadOnlyDictionary<EntityAddress, EntityLog> logs, IReadOnlyDictionary<string, DeviceSetting> devices)
    {
        foreach (var log in logs.Values)
        {
            if (log.State is MachineState state
                && devices.GetValueOrDefault(log.Entity.Key) is var device
                && (device.Generation, device.Value) != (state.Generation, state.Value))
            {
                return $"{log.Entity} wants {state.Value} as {state.Generation}, its device has {device.Value} as {device.Generation}";
            }
        }

        return null;
    }
}

/// <summary>Trips: one that is done has everything, one that was unwound nothing.</summary>
internal static class TripCheck
{
    public static string? WhyWrong(IReadOnlyDictionary<EntityAddress, EntityLog> logs, IReadOnlyCollection<string> seats)
    {
        foreach (var (entity, log) in logs)
        {
            if (log.State is not SagaState saga)
            {
                continue;
            }

            var isDone = saga.Phase == SagaState.Done;
            foreach (var desk in TripSaga.Desks)
            {
                var isBooked = logs.TryGetValue(new EntityAddress("desk", desk), out var at)
                    && ((DeskState)at.State).Trips.Contains(entity.Key);
                if (isBooked != isDone)
                {
                    return $"{entity} is {saga.Phase}, at {desk} it is {(isBooked ? "booked" : "not booked")}";
                }
            }

            if (seats.Contains(entity.Key) != isDone)
            {
                return $"{entity} is {saga.Phase}, its seat is {(isDone ? "not taken" : "taken")}";
            }
        }

        return null;
    }
}

/// <summary>Views: every row is what its entity's events fold to.</summary>
internal static class ViewCheck
{
    public static string? WhyWrong(EngineModel model, MemoryTables tables, IReadOnlyDictionary<EntityAddress, EntityLog> logs)
    {
        var expected = new Dictionary<(string View, string Key), (long Revision, byte[] Document)>();
        foreach (var log in logs.Values)
        {
            Fold(model.Kinds[log.Entity.Kind].Runner, log, expected);
        }

        foreach (var (view, rows) in tables.Views)
        {
            foreach (var (key, row) in rows)
            {
                if (!expected.Remove((view, key), out var wanted))
                {
                    return $"view {view} has a row {key} that no event made";
                }

                if (row.Revision != wanted.Revision || !row.Document.AsSpan().SequenceEqual(wanted.Document))
                {
                    return $"view {view}, row {key} is of revision {row.Revision}, the events fold to {wanted.Revision}";
                }
            }
        }

        return expected.Count == 0 ? null : $"view {expected.First().Key.View} lacks row {expected.First().Key.Key}";
    }

    private static void Fold(IKindRunner runner, EntityLog log, Dictionary<(string View, string Key), (long Revision, byte[] Document)> rows)
    {
        for (var i = 0; i < log.Facts.Count; i++)
        {
            foreach (var op in runner.Project(log.Entity, log.States[i], log.Facts[i], log.States[i + 1]))
            {
                if (op is ViewOp.Upsert upsert)
                {
                    rows[(op.View.Name, op.Key)] = (i + 1, JsonSerializer.SerializeToUtf8Bytes(upsert.Row, op.View.RowType));
                }
                else
                {
                    rows.Remove((op.View.Name, op.Key));
                }
            }
        }
    }
}
