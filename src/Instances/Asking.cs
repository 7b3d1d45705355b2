using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Asks on behalf of the area's activities and reconcilers.</summary>
internal sealed class Asking(IEntities entities, IRandomSource random)
{
    /// <summary>The value, or the refusal.</summary>
    /// <exception cref="AskNotAnsweredException">Neither: the engine was busy, or cannot tell. Asking again is safe.</exception>
    public async ValueTask<Asked<T>> AskAsync<T>(EntityAddress to, ICommand<T> command, string who, CancellationToken ct) where T : class
    {
        var how = new AskOptions
        {
            Key = CommandKey.Fresh(random),
            Deadline = InstancesLimits.AskDeadline,
            Caller = Principal.Reconciler(who),
        };
        return await entities.AskAsync(to, command, how, ct).ConfigureAwait(false) switch
        {
            Outcome<T>.Accepted accepted => new Asked<T>(accepted.Value, null),
            Outcome<T>.Refused refused => new Asked<T>(null, refused.Why),
            var other => throw new AskNotAnsweredException($"{to} did not answer {command.GetType().Name}: {other}"),
        };
    }
}

/// <summary>An answer: exactly one of the two is set.</summary>
internal readonly record struct Asked<T>(T? Value, Refusal? Why) where T : class;

/// <summary>An entity could not be asked now. What was being done is tried again.</summary>
internal sealed class AskNotAnsweredException(string message) : Exception(message);
