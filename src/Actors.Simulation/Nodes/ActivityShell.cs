using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>Runs activities at least once each, again after a while when nothing is known; all on the simulator's thread.</summary>
internal sealed class ActivityShell : ISeatPort
{
    private readonly SimulatedNode _node;
    private readonly World _world;
    private readonly Dice _dice;
    private readonly Dictionary<string, SeatActivity> _activities;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly HashSet<MailId> _cancelled = [];
    private int _running;

    public ActivityShell(SimulatedNode node, World world, ulong seed)
    {
        _node = node;
        _world = world;
        _dice = new Dice(seed, $"activities {node.Name}");
        _activities = new[] { SeatActivity.Take, SeatActivity.Leave }.ToDictionary(n => n, n => new SeatActivity(n, this));
    }

    public void Start(LaneOutput.RunActivity run, SimulatedLane lane)
    {
        _running++;
        _ = RunAsync(run, lane);
    }

    public string? WhyNotQuiet() => _running > 0 ? $"{_running} activities run" : null;

    public Task<bool> SetAsync(string trip, bool isTaken) => Call<bool>((done, lost) => _world.Device.Seat(trip, isTaken, done, lost));

    /// <summary>Its shard leaves: the next owner runs it again, and what this run still brings is the lane's to ignore.</summary>
    public void Cancel(MailId mail) => _cancelled.Add(mail);

    private async Task RunAsync(LaneOutput.RunActivity run, SimulatedLane lane)
    {
        while (true)
        {
            try
            {
                var reply = await _activities[run.Name].RunAsync(run.Token, run.Input, CancellationToken.None).ConfigureAwait(false);
                if (Environment.CurrentManagedThreadId != _thread)
                {
                    _world.Judge.Violated("sim", "an activity resumed on another thread");
                }

                _world.Note($"{_node.Name} activity {run.Name} {run.Token} ended");
                _running--;
                lane.Complete(new LaneEvent.ActivityDone(run.Mail, reply));
                return;
            }
            catch (LostCallException) when (_cancelled.Remove(run.Mail))
            {
                _running--;
                return;
            }
            catch (LostCallException)
            {
                await Call<bool>((done, _) => _world.After(_dice.Upto(2), () => done(true))).ConfigureAwait(false);
            }
        }
    }

    private Task<T> Call<T>(Action<Action<T>, Action> start)
    {
        var source = new TaskCompletionSource<T>();
        start(
            result => _node.Deliver(() => source.SetResult(result)),
            () => _node.Deliver(() => source.SetException(new LostCallException())));
        return source.Task;
    }
}
