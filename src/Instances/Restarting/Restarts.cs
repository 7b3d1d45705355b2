namespace Gantry.Instances;

/// <summary>Whether an instance may be started by itself now (vmm 4.8). Pure.</summary>
internal static class Restarts
{
    public static RestartVerdict Verdict(InstanceState instance, DateTimeOffset now)
    {
        var why = instance switch
        {
            { State: InstanceWords.Failed } => "Failed",
            { State: InstanceWords.Vmm, Active.State: VmmWords.SagaUnwound } => "SagaUnwound",
            _ => null,
        };
        if (why is null || !instance.IsLive)
        {
            return new RestartVerdict(null, "not failed");
        }

        if (instance.Intent != Intents.Running || instance.Config.AutoRestartPolicy == "never")
        {
            return new RestartVerdict(null, "not wanted");
        }

        var due = instance.TimeLastAutoRestarted + (instance.Config.AutoRestartCooldown ?? InstancesLimits.CooldownDefault);
        return due > now
            ? new RestartVerdict(null, "cooldown", due)
            : new RestartVerdict(StartSaga.DataOf(instance, default, isAutoRestart: true), why);
    }
}
