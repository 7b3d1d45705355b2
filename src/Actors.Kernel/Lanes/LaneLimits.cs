namespace Gantry.Actors.Kernel;

/// <summary>Bounds and periods of a lane (engine 4, 9).</summary>
public static class LaneLimits
{
    /// <summary>Decided and not yet committed commands of one entity (4.3).</summary>
    public const int LookAheadMax = 128;

    /// <summary>Client commands in hand per shard (9).</summary>
    public const int ShardQueueMax = 4_096;

    /// <summary>Bytes of client commands, and of messages, in hand per shard (9).</summary>
    public const long ShardBytesMax = 8L * 1024 * 1024;

    /// <summary>Messages of one shard in the store above which its client commands are answered overloaded (9).</summary>
    public const int StoredMailMax = 100_000;

    /// <summary>Callers that may wait for one command in hand.</summary>
    public const int WaitersMax = 64;

    /// <summary>Commands in one batch (3.3).</summary>
    public const int BatchCommandsMax = 512;

    /// <summary>Bytes of one batch (3.3); what weighs more is not sent, but decided again for smaller ones. One commit alone may weigh what it does.</summary>
    public const int BatchBytesMax = 1024 * 1024;

    /// <summary>Aim for the bytes of one batch, by the size of the last ones; above it is room for one decision of the largest (2.1).</summary>
    public const int BatchBytesAim = BatchBytesMax - (256 * 1024);

    /// <summary>Inputs that a shell gives between two <see cref="LaneEvent.PassEnd"/> (4.4).</summary>
    public const int PassInputsMax = 256;

    /// <summary>Decisions of one pass, so that completions are never long unread.</summary>
    public const int PassDecisionsMax = 1_024;

    /// <summary>Events, and effects, of one decision (2.1).</summary>
    public const int DecisionPartsMax = 64;

    /// <summary>Entities in one load (3.5).</summary>
    public const int LoadMax = 256;

    /// <summary>Loads in flight per node, so also of one lane (3.5).</summary>
    public const int LoadsInFlightMax = 4;

    /// <summary>Scans for mail in flight per node (3.5).</summary>
    public const int ScansInFlightMax = 64;

    /// <summary>Remembered hashes of recent command keys (2.4).</summary>
    public const int RecentKeysMax = 65_536;

    /// <summary>Remembered ids of consumed mail (4.5).</summary>
    public const int RecentMailMax = 16_384;

    /// <summary>Remembered ids of mail that the store named as gone.</summary>
    public const int GoneMailMax = 1_024;

    /// <summary>Messages of a shard in hand at which its doorbells are no longer heard (4.5).</summary>
    public const int MailHighMark = 500;

    /// <summary>Messages in hand below which a held shard is scanned again.</summary>
    public const int MailLowMark = 100;

    /// <summary>Rows of one page of a scan (4.5).</summary>
    public const int ScanPage = 1_000;

    /// <summary>Doorbells kept while a shard is scanned (4.5).</summary>
    public const int KeptDoorbellsMax = 64;

    /// <summary>Hops since a client command or timer at which a message is parked as <c>MAIL_LOOP</c> (4.5).</summary>
    public const int HopsMax = 1_000;

    /// <summary>Attempts on a message whose decision throws, after the first (4.6).</summary>
    public const int MailRetries = 3;

    /// <summary>Loads without being consumed at which a message is run alone, after a suspect mark (4.6).</summary>
    public const int MailLoadsSuspect = 5;

    /// <summary>Loads without being consumed at which a message is parked (4.6).</summary>
    public const int MailLoadsMax = 8;

    /// <summary>How the reason of mail parked for a quarantined entity begins: a release brings exactly that mail back (6).</summary>
    public const string QuarantinedPrefix = "QUARANTINED: ";

    /// <summary>Activities out at once, per name (8.2).</summary>
    public const int ActivitiesPerName = 16;

    /// <summary>Activities that wait in hand; more wait in the store.</summary>
    public const int ActivitiesWaitingMax = 1_024;

    /// <summary>Timers in hand; more wait in the store until they are due.</summary>
    public const int TimersMax = 65_536;

    /// <summary>Entities in memory per node (9); above it idle ones leave at once.</summary>
    public const int EntitiesMax = 250_000;

    /// <summary>Longest command key, in characters.</summary>
    public const int KeyCharsMax = 200;

    /// <summary>Timers due within this time are held in memory (4.5).</summary>
    public static readonly TimeSpan TimerHorizon = TimeSpan.FromSeconds(60);

    /// <summary>Due mail is looked for this often (4.5).</summary>
    public static readonly TimeSpan ScanEvery = TimeSpan.FromSeconds(2);

    /// <summary>Commits fail for so long before new commands are told that the store is down, instead of waiting for it (5.9).</summary>
    public static readonly TimeSpan StoreDownAfter = TimeSpan.FromSeconds(1);

    /// <summary>A message older than this takes effect in a trace of its own, linked to its sender's (10.2).</summary>
    public static readonly TimeSpan TraceAgeMax = TimeSpan.FromMinutes(1);

    /// <summary>Deadlines of commands in hand are looked at this often.</summary>
    public static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(200);
}
