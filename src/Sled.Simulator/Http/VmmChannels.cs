namespace Gantry.Sled.Simulator;

/// <summary>
/// Requests that change one VMM and are not answered yet: a channel of 32 per VMM, as the sled agent has it (vmm 2.3). Reads do not pass through
/// it (D1). Thread-safe.
/// </summary>
internal sealed class VmmChannels
{
    public const int Depth = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _inside = new(StringComparer.Ordinal);

    /// <summary>False when the channel is full.</summary>
    public bool TryEnter(string vmm)
    {
        lock (_lock)
        {
            var inside = _inside.GetValueOrDefault(vmm);
            if (inside >= Depth)
            {
                return false;
            }

            _inside[vmm] = inside + 1;
            return true;
        }
    }

    public void Leave(string vmm)
    {
        lock (_lock)
        {
            if (_inside.GetValueOrDefault(vmm) is > 1 and var inside)
            {
                _inside[vmm] = inside - 1;
            }
            else
            {
                _inside.Remove(vmm);
            }
        }
    }
}
