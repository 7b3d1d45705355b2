using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Random walks over queue and model side by side: whatever happens, both say the same.</summary>
[Trait("spec", "engine/7")]
public class QueueKernelModelTests
{
    private const int Walks = 150;
    private const int Steps = 500;

    [Fact]
    public void Queue_agrees_with_its_model_on_every_step()
    {
        var replay = Environment.GetEnvironmentVariable("GANTRY_SEED");
        var seeds = replay is null ? Enumerable.Range(1, Walks).Select(i => (ulong)i) : [ulong.Parse(replay)];
        foreach (var seed in seeds)
        {
            try
            {
                new Walk(seed).Run();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"seed {seed}; replay: GANTRY_SEED={seed} dotnet test tests/Engine.Tests --filter {nameof(QueueKernelModelTests)}", e);
            }
        }
    }

    private sealed class Walk
    {
        private readonly ReconcilerOptions _options;
        private readonly SeededRandomSource _dice;
        private readonly QueueKernel _queue;
        private readonly QueueModel _model;
        private readonly List<string> _running = [];
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public Walk(ulong seed)
        {
            _dice = new SeededRandomSource(seed);
            _options = new ReconcilerOptions
            {
                Concurrency = 1 + _dice.Next(4),
                Period = _dice.Next(4) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(10 + _dice.Next(60)),
                BackoffMax = TimeSpan.FromSeconds(5 + _dice.Next(300)),
            };
            _queue = new QueueKernel(_options, new SeededRandomSource(seed ^ 0xABCDEF));
            _model = new QueueModel(_options);
        }

        public void Run()
        {
            for (var i = 0; i < Steps; i++)
            {
                Step();
                Compare();
            }
        }

        private void Step()
        {
            switch (_dice.Next(10))
            {
                case 0 or 1:
                    Nudge();
                    break;
                case 2:
                    List();
                    break;
                case 3 or 4 or 5:
                    Take();
                    break;
                case 6 or 7:
                    Finish();
                    break;
                default:
                    _now += TimeSpan.FromMilliseconds(_dice.Next(_dice.Next(3) == 0 ? 20_000 : 300));
                    break;
            }
        }

        private string Key() => $"switch/{_dice.Next(12)}";

        private void Nudge()
        {
            var (key, forget) = (Key(), _dice.Next(5) == 0);
            _queue.Nudge(key, _now, forget).ShouldBeTrue();
            _model.Nudge(key, _now, forget);
        }

        private void List()
        {
            var keys = Enumerable.Range(0, _dice.Next(12)).Select(_ => Key()).ToHashSet();
            var beganAt = _now - TimeSpan.FromMilliseconds(_dice.Next(200));
            _queue.Listed(keys, beganAt, _now).ShouldBe(0);
            _model.Listed(keys, beganAt, _now);
        }

        private void Take()
        {
            var candidates = _model.Candidates(_now);
            if (!_queue.TryTake(_now, out var turn))
            {
                candidates.ShouldBeEmpty();
                return;
            }

            candidates.ShouldContain(turn.Key);
            turn.IsResync.ShouldBe(_model.Rows[turn.Key].IsByPeriod);
            turn.Attempt.ShouldBe(_model.Rows[turn.Key].Failures + 1);
            _running.ShouldNotContain(turn.Key);
            _model.Take(turn.Key);
            _running.Add(turn.Key);
        }

        private void Finish()
        {
            if (_running.Count == 0)
            {
                return;
            }

            var key = _running[_dice.Next(_running.Count)];
            var end = _dice.Next(4) switch
            {
                0 => Reconciled.Done,
                1 => Reconciled.After(TimeSpan.FromMilliseconds(_dice.Next(5_000))),
                _ => Reconciled.Retry("the switch does not answer"),
            };
            _running.Remove(key);
            _queue.Finish(key, end, _now);
            _model.Finish(key, end, _now, bound => Chosen(key, bound), () => Period(key));
        }

        // The back-off drawn by the queue, checked against its bound; a nudge during the run may have moved it forward.
        private DateTimeOffset Chosen(string key, TimeSpan bound)
        {
            var due = _queue.Find(key)!.Due!.Value;
            due.ShouldBeGreaterThanOrEqualTo(_now);
            due.ShouldBeLessThanOrEqualTo(_now + bound);
            return due;
        }

        private DateTimeOffset? Period(string key)
        {
            if (_options.Period == TimeSpan.Zero)
            {
                return null;
            }

            var due = _queue.PeriodDueOf(key)!.Value;
            due.ShouldBeLessThanOrEqualTo(_now + _options.Period);
            due.ShouldBeGreaterThanOrEqualTo(_now + (_options.Period * 0.8));
            return due;
        }

        private void Compare()
        {
            _queue.Running.ShouldBe(_model.Running);
            _queue.Running.ShouldBeLessThanOrEqualTo(_options.Concurrency);
            _queue.Keys().Select(k => k.Key).Order().ShouldBe(_model.Rows.Keys.Order());
            foreach (var key in _queue.Keys())
            {
                var row = _model.Rows[key.Key];
                key.State.ShouldBe(StateOf(row), key.Key);
                key.Failures.ShouldBe(row.Failures, key.Key);
                key.Due.ShouldBe(row.Due ?? row.PeriodDue, key.Key);
            }
        }

        private static QueueState StateOf(QueueModel.Row row) => row switch
        {
            { IsRunning: true, IsDirty: true } => QueueState.RunningDirty,
            { IsRunning: true } => QueueState.Running,
            { Due: not null } => QueueState.Queued,
            _ => QueueState.Idle,
        };
    }
}
