using System.Text.Json;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>Clients that ask all sorts of things, lose patience, and ask again with the same key when they do not know.</summary>
internal sealed class Workload(World world, ulong seed)
{
    private const int TriesMax = 6;

    private readonly Dice _dice = new(seed, "load");
    private int _keys;
    private int _trips;
    private int _outstanding;
    private bool _isFinishing;

    public void Begin()
    {
        for (var i = 0; i < world.Settings.Clients; i++)
        {
            world.After(_dice.Around(world.Settings.Think), Next);
        }
    }

    /// <summary>Nothing new; what is unknown is asked again until it is known.</summary>
    public void Finish() => _isFinishing = true;

    public string? WhyNotDone() => _outstanding > 0 ? $"{_outstanding} commands have no definite answer" : null;

    private void Next()
    {
        if (_isFinishing || _keys >= world.Settings.CommandsMax || world.Now > world.Settings.Load)
        {
            return;
        }

        var count = world.Settings.Burst > 0 && _dice.Chance(0.02) ? world.Settings.Burst : 1;
        var (to, command) = Command();
        for (var i = 0; i < count; i++)
        {
            Begin(to, command);
        }

        world.After(_dice.Around(world.Settings.Think), Next);
    }

    private void Begin(EntityAddress to, object command)
    {
        // A key that is used once and never again is not looked up; the others are, and are asked again.
        var isOnce = _dice.Chance(0.2);
        var key = new CommandKey(isOnce ? $"once:{++_keys}" : $"k{++_keys}");
        _outstanding++;
        Try(world.Judge.NewAsk(to, key, command), isOnce, 1);
        if (!isOnce && _dice.Chance(0.03))
        {
            _outstanding++;
            Try(world.Judge.AskOf(to, key), isOnce, 1);
        }
    }

    private void Try(Ask ask, bool isOnce, int attempt)
    {
        var node = world.Nodes.Choose(_dice);
        var deadline = _dice.Pick(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        ask.Send(node, _dice.Upto(0.005), deadline, answer => Ended(ask, isOnce, attempt, answer));
    }

    private void Ended(Ask ask, bool isOnce, int attempt, AskAnswer answer)
    {
        var isDefinite = answer is AskAnswer.Accepted or AskAnswer.Refused;
        var givesUp = isOnce || (!_isFinishing && (attempt >= TriesMax || _dice.Chance(0.1)));
        if (isDefinite || givesUp)
        {
            _outstanding--;
            return;
        }

        world.After(_dice.Upto(0.5 * attempt), () => Try(ask, isOnce, attempt + 1));
    }

    private (EntityAddress To, object Command) Command()
    {
        if (_dice.Chance(world.Settings.Reads))
        {
            return (Some("account"), new ReadAccount());
        }

        var roll = _dice.Between(0, 99);
        return roll switch
        {
            < 45 => (Some("account"), AccountCommand()),
            < 65 => (Some("holder"), HolderCommand()),
            < 85 => (Some("alarm"), AlarmCommand()),
            < 95 => (Some("machine"), new Want(_dice.Between(0, 9))),
            _ => StartTrip(),
        };
    }

    private object AccountCommand() => _dice.Between(0, 9) switch
    {
        < 3 => new Deposit(_dice.Between(1, 100)),
        < 5 => new ReadAccount(),
        _ => new Transfer(
            Some("account"),
            _dice.Between(1, 20),
            _dice.Pick(1, 1, 3),
            _dice.Chance(0.2) ? _dice.Upto(5) : TimeSpan.Zero,
            _dice.Chance(0.3)),
    };

    private object HolderCommand() => _dice.Between(0, 9) switch
    {
        < 5 => new TakeName(Name()),
        < 7 => new DropName(Name()),
        < 9 => new SwapName(Name(), Name()),
        _ => new GiveName(Name(), Some("holder")),
    };

    private object AlarmCommand() => _dice.Chance(0.8)
        ? new SetAlarm(_dice.Pick("a", "b"), _dice.Chance(0.1) ? _dice.Upto(90) : _dice.Upto(2))
        : new StopAlarm(_dice.Pick("a", "b"));

    private (EntityAddress To, object Command) StartTrip()
    {
        var trip = $"t{++_trips}";
        return (
            SagaKind.AddressOf<TripSaga, Trip>(trip),
            new StartSaga(JsonSerializer.SerializeToElement(new Trip(trip, []), SampleJson.Default.Trip)));
    }

    private string Name() => $"name{_dice.Between(0, 4)}";

    private EntityAddress Some(string kind) => new(kind, $"{kind[0]}{_dice.Between(0, world.Settings.Entities - 1)}");
}
