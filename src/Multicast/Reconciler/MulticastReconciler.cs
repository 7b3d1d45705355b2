namespace Gantry.Multicast;

/// <summary>Names of the reconciler.</summary>
public sealed class MulticastReconciler
{
    /// <summary>Its name.</summary>
    public const string ReconcilerName = "multicast_reconciler";
}
