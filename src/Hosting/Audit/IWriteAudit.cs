namespace Gantry.Hosting;

/// <summary>
/// Takes down who asked the gateway to change what, and what came of it (operator-experience 5, "every write audited"). The gateway tells it after
/// the answer is made: an implementation never blocks, never throws and has a bound, so that the trail neither slows nor loses a write.
/// </summary>
public interface IWriteAudit
{
    /// <summary>How the kinds end whose events are a trail: they are listed as audit and not told as events.</summary>
    const string KindSuffix = "-audit";

    /// <summary>Takes a write down. False when there is no room: it is counted, and the trail says later how many are missing.</summary>
    bool Record(AuditedWrite write);
}
