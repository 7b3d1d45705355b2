namespace Gantry.Actors;

/// <summary>Bounds and pace of sagas (engine 8.2).</summary>
public static class SagaLimits
{
    /// <summary>
    /// Code of the refusal that stands for a result of an activity which could not be written: what it did is not known, so a step that gets it is
    /// tried again and never taken for one that changed nothing (engine 8.2 rule 1).
    /// </summary>
    public const string ResultUnwritten = "ActivityResultUnwritten";

    /// <summary>Steps of one saga. Ours: an instance joins up to 32 multicast groups, one step each; nobody follows a longer list.</summary>
    public const int StepsMax = 48;

    /// <summary>Failed undos after which a saga shows <c>stuck</c> (engine 8.2 rule 3).</summary>
    public const int UndosBeforeStuck = 10;

    /// <summary>First delay before a step or undo is tried again; doubled each time, with jitter.</summary>
    public static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(500);

    /// <summary>Largest such delay while somebody may still wait.</summary>
    public static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(60);

    /// <summary>Delay between undos of a stuck saga: slow, for an operator must act, but never given up.</summary>
    public static readonly TimeSpan StuckRetry = TimeSpan.FromMinutes(5);

    /// <summary>How long an ended saga stays in the view <c>sagas</c>: as long as an operation record (README of the specs).</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);
}
