namespace Gantry.Instances;

/// <summary>States of a VMM as the control plane keeps them (vmm 1.4, 2.2).</summary>
public static class VmmWords
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
    public const string SagaUnwound = "saga_unwound";

    /// <summary>What a sled may report: everything but <c>creating</c> and <c>saga_unwound</c>, which are the control plane's own.</summary>
    public static bool IsSledState(string state) =>
        state is Starting or Running or Stopping or Stopped or Rebooting or Migrating or Failed or Destroyed;

    /// <summary>Final: nothing changes it any more.</summary>
    public static bool IsTerminal(string state) => state is Destroyed or Failed;

    /// <summary>May be soft-deleted.</summary>
    public static bool IsDestroyable(string state) => state is Destroyed or Failed or SagaUnwound;

    /// <summary>No sled is asked about it.</summary>
    public static bool IsNotOnSled(string state) => state is Creating or SagaUnwound or Destroyed;

    /// <summary>Something is under way, so the next state is worth looking for soon.</summary>
    public static bool IsTransitional(string state) => state is Starting or Stopping or Stopped or Rebooting or Migrating;
}

/// <summary>Why a VMM failed; set exactly while its state is <c>failed</c> (vmm 1.4).</summary>
public static class FailureReasons
{
    public const string FromSledAgent = "from_sled_agent";
    public const string NoSuchInstance = "no_such_instance";
    public const string SledExpunged = "sled_expunged";
    public const string SledOff = "sled_off";
}
