namespace Gantry.Instances;

/// <summary>Internal states of an instance (vmm 1.3).</summary>
public static class InstanceWords
{
    public const string Creating = "creating";
    public const string NoVmm = "no_vmm";
    public const string Vmm = "vmm";
    public const string Failed = "failed";
    public const string Destroyed = "destroyed";
}

/// <summary>What the user wants of an instance (vmm 1.3).</summary>
public static class Intents
{
    public const string Running = "running";
    public const string Stopped = "stopped";
    public const string GuestShutdown = "guest_shutdown";
    public const string Destroyed = "destroyed";
}

/// <summary>What users see (vmm 1.8). <c>repairing</c> exists in the API and is never produced.</summary>
public static class RunStates
{
    public const string Creating = "creating";
    public const string Starting = "starting";
    public const string Running = "running";
    public const string Stopping = "stopping";
    public const string Stopped = "stopped";
    public const string Rebooting = "rebooting";
    public const string Migrating = "migrating";
    public const string Failed = "failed";
    public const string Destroyed = "destroyed";
}
