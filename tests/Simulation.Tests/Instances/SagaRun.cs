using System.Collections.Immutable;
using Gantry.Actors;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>Runs the steps of a real saga in the simulation: forwards, and back over what was done.</summary>
internal sealed class SagaRun<TData>(VmmWorld world, ImmutableArray<SagaStep<TData>> steps, TData data) where TData : class
{
    private TData _data = data;
    private Action _ended = () => { };
    private int _at;

    public void Go(Action? ended = null)
    {
        _ended = ended ?? _ended;
        Do();
    }

    private void Do()
    {
        while (_at < steps.Length && steps[_at].When is { } when && !when(_data))
        {
            _at++;
        }

        if (_at == steps.Length)
        {
            _ended();
            return;
        }

        var step = steps[_at];
        world.Step(step.Do(_data), reply =>
        {
            switch (step.OnReply(_data, reply))
            {
                case StepEnd<TData>.Next next:
                    _data = next.Data;
                    _at++;
                    Do();
                    break;
                case StepEnd<TData>.Retry:
                    world.After(TimeSpan.FromSeconds(1), Do);
                    break;
                default:
                    Undo(0);
                    break;
            }
        });
    }

    private void Undo(int attempt)
    {
        if (--_at < 0)
        {
            _ended();
            return;
        }

        var step = steps[_at];
        if (step.Undo is null || (step.When is { } when && !when(_data)))
        {
            Undo(0);
            return;
        }

        world.Step(step.Undo(_data), reply =>
        {
            if (reply is Reply.Accepted)
            {
                Undo(0);
                return;
            }

            _at++;
            world.After(TimeSpan.FromMilliseconds(500 * Math.Pow(2, Math.Min(attempt, 6))), () => Undo(attempt + 1));
        });
    }
}
