using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.Actors.Simulation;

/// <summary>The sample area of the simulator: small entities that together use every part of the engine.</summary>
internal static class SampleArea
{
    private static readonly ViewSchema<AccountRow> Accounts = new(
        "sim_accounts", SampleJson.Default.AccountRow, ViewColumn<AccountRow>.Integer("balance", r => r.Balance));

    private static readonly ViewSchema<HolderRow> Holders = new(
        "sim_holders", SampleJson.Default.HolderRow, ViewColumn<HolderRow>.Integer("count", r => r.Names.Length));

    private static readonly ViewSchema<AlarmRow> Alarms = new(
        "sim_alarms", SampleJson.Default.AlarmRow, ViewColumn<AlarmRow>.Integer("armed", r => r.Armed));

    private static readonly ViewSchema<DeskRow> Desks = new("sim_desks", SampleJson.Default.DeskRow);

    /// <summary>Read by the reconciler.</summary>
    public static readonly ViewSchema<MachineRow> Machines = new(
        "sim_machines", SampleJson.Default.MachineRow, ViewColumn<MachineRow>.Integer("generation", r => r.Generation));

    private static readonly ImmutableArray<ViewSchema> Views = [Accounts, Holders, Alarms, Desks, Machines];

    private static readonly WireSet Wire = WireSet.Of(SampleJson.Default, typeof(SampleArea).Assembly);

    /// <summary>The area with bounds of a world's own.</summary>
    public static AreaModule Module(WorldSettings settings) => new()
    {
        Name = "simulation",
        Kinds = [.. Kinds().Select(k => k with
        {
            SnapshotEvery = settings.SnapshotEvery, MailboxLimit = settings.MailboxLimit, IdleAfter = settings.IdleAfter,
        })],
        Views = Views,
        Wire = [Wire],
    };

    private static IEnumerable<EntityKind> Kinds()
    {
        yield return EntityKind.Define<AccountDecider, AccountState, AccountCommand, AccountEvent>("account", k => k
            .View((self, _, _, after) => [Accounts.Upsert(self.Key, new AccountRow(after.Balance, after.GotFrom.Count))])
            .OnReply((token, _) => new CreditAnswered(token)));
        yield return EntityKind.Define<HolderDecider, HolderState, HolderCommand, HolderEvent>("holder", k => k
            .View((self, _, _, after) => after.Names.IsEmpty
                ? [Holders.Delete(self.Key)]
                : [Holders.Upsert(self.Key, new HolderRow(after.Names))])
            .OnReply((_, reply) => new GiveAnswered(reply is Reply.Accepted)));
        yield return EntityKind.Define<AlarmDecider, AlarmState, AlarmCommand, AlarmEvent>("alarm", k => k
            .View((self, _, _, after) => [Alarms.Upsert(self.Key, new AlarmRow(after.Armed.Count, after.Last))]));
        yield return EntityKind.Define<MachineDecider, MachineState, MachineCommand, MachineEvent>("machine", k => k
            .View((self, _, _, after) => [Machines.Upsert(self.Key, new MachineRow(after.Generation, after.Value, after.Applied))]));
        yield return EntityKind.Define<DeskDecider, DeskState, DeskCommand, DeskEvent>("desk", k => k
            .View((self, _, _, after) => [Desks.Upsert(self.Key, new DeskRow(after.Trips.Length))]));
        yield return SagaKind.Define<TripSaga, Trip>(SampleJson.Default.Trip);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AccountState))]
[JsonSerializable(typeof(AccountRow))]
[JsonSerializable(typeof(Standing))]
[JsonSerializable(typeof(Credit))]
[JsonSerializable(typeof(Deposited))]
[JsonSerializable(typeof(Sent))]
[JsonSerializable(typeof(Credited))]
[JsonSerializable(typeof(CreditConfirmed))]
[JsonSerializable(typeof(HolderState))]
[JsonSerializable(typeof(HolderRow))]
[JsonSerializable(typeof(TakeName))]
[JsonSerializable(typeof(NameTaken))]
[JsonSerializable(typeof(NameDropped))]
[JsonSerializable(typeof(GiveEnded))]
[JsonSerializable(typeof(AlarmState))]
[JsonSerializable(typeof(AlarmRow))]
[JsonSerializable(typeof(Ring))]
[JsonSerializable(typeof(AlarmSet))]
[JsonSerializable(typeof(AlarmStopped))]
[JsonSerializable(typeof(Rang))]
[JsonSerializable(typeof(RangStale))]
[JsonSerializable(typeof(MachineState))]
[JsonSerializable(typeof(MachineRow))]
[JsonSerializable(typeof(Wanted))]
[JsonSerializable(typeof(Applied))]
[JsonSerializable(typeof(DeskState))]
[JsonSerializable(typeof(DeskRow))]
[JsonSerializable(typeof(Book))]
[JsonSerializable(typeof(Cancel))]
[JsonSerializable(typeof(Booked))]
[JsonSerializable(typeof(Cancelled))]
[JsonSerializable(typeof(Trip))]
internal sealed partial class SampleJson : JsonSerializerContext;
