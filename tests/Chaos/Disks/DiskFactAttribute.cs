using Xunit;

namespace Gantry.Chaos;

/// <summary>A fact that mounts a small disk of its own; skipped with a message where the system lets nobody mount one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DiskFactAttribute : FactAttribute
{
    public DiskFactAttribute()
    {
        if (SmallDisk.Unshare is null)
        {
            Skip = "no private mounts here (unshare -m and unshare -rm both refuse): a full and a read-only disk are not tried";
        }
    }
}
