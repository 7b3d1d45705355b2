namespace Gantry.Actors.Simulation;

/// <summary>
/// The outside: machines that keep the generation of their setting and refuse a lower one, and a few seats. Calls take time, are lost, or
/// are done with their answer lost.
/// </summary>
internal sealed class FakeDevice(World world, ulong seed)
{
    private const int Seats = 3;

    private readonly Dice _dice = new(seed, "device");
    private readonly SortedDictionary<string, DeviceSetting> _machines = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _seats = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, DeviceSetting> Machines => _machines;

    public IReadOnlyCollection<string> Taken => _seats;

    public void Read(string machine, Action<DeviceSetting> done, Action lost) => Call(
        () => _machines.GetValueOrDefault(machine), done, lost);

    /// <summary>False when the device knows a higher generation.</summary>
    public void Push(string machine, DeviceSetting setting, Action<bool> done, Action lost) => Call(() => Set(machine, setting), done, lost);

    public void Seat(string trip, bool isTaken, Action<bool> done, Action lost) => Call(
        () =>
        {
            world.Note($"seat {trip} {(isTaken ? "wanted" : "left")}");
            if (!isTaken)
            {
                _seats.Remove(trip);
                return true;
            }

            if (!_seats.Contains(trip) && _seats.Count >= Seats)
            {
                return false;
            }

            _seats.Add(trip);
            return true;
        },
        done,
        lost);

    private bool Set(string machine, DeviceSetting setting)
    {
        var present = _machines.GetValueOrDefault(machine);
        world.Note($"device {machine}: {present.Generation} gets {setting.Generation}");
        if (setting.Generation < present.Generation && !world.Mutant.IsDeviceForgetful)
        {
            return false;
        }

        world.Judge.DeviceSet(machine, present, setting);
        _machines[machine] = setting;
        return true;
    }

    private void Call<T>(Func<T> act, Action<T> done, Action lost)
    {
        if (world.Faults.Strikes("device-lost", 0.05))
        {
            world.After(Time(), lost);
            return;
        }

        var isSlow = world.Faults.Strikes("device-slow", 0.05);
        var isUnanswered = world.Faults.Strikes("device-unanswered", 0.05);
        if (isSlow)
        {
            // The caller gives up; the device does it some time later all the same.
            world.After(_dice.Upto(8), () => act());
            world.After(_dice.Upto(3), lost);
            return;
        }

        world.After(Time(), () =>
        {
            var result = act();
            world.After(Time(), isUnanswered ? lost : () => done(result));
        });
    }

    private TimeSpan Time() => _dice.Around(TimeSpan.FromMilliseconds(5));
}
