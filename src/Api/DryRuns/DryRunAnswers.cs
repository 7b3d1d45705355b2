using Gantry.Actors;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>From what entities decided in a trial to the effect list. Contents of facts stay inside: they may hold hashes of secrets.</summary>
internal static class DryRunAnswers
{
    public static IResult Of(ApiCall call, DryRun trial, EngineModel model)
    {
        var answer = new DryRunAnswer
        {
            DryRun = true,
            WouldAnswer = call.Operation.Answers[0].Status,
            Effects = [.. trial.Steps.SelectMany(s => EffectsOf(s, model))],
            Detail = call.DryRunDetail,
        };
        return call.Ok(answer, ApiJson.Default.DryRunAnswer);
    }

    private static IEnumerable<DryRunEffect> EffectsOf(DryRunStep step, EngineModel model)
    {
        var self = step.Entity.ToString();
        var changes = step.Events.Select(e => new DryRunEffect(self, "change", model.Wire.FormOf(e.GetType()).Tag));
        return changes.Concat(step.Effects.Select(e => EffectOf(self, e, model)));
    }

    private static DryRunEffect EffectOf(string self, Effect effect, EngineModel model) => effect switch
    {
        Effect.Post post => new(self, "message", model.Wire.FormOf(post.Command.GetType()).Tag, post.To.ToString()),
        Effect.Activity activity => new(self, "activity", activity.Name),
        Effect.SetTimer timer => new(self, "timer", timer.Name),
        Effect.CancelTimer timer => new(self, "timer", $"{timer.Name} cancelled"),
        Effect.Claim claim => new(self, "claim", $"{claim.Space} {claim.Value}"),
        Effect.Release release => new(self, "release", $"{release.Space} {release.Value}"),
        Effect.Nudge nudge => new(self, "nudge", $"{nudge.Reconciler} {nudge.Key}"),
        _ => new(self, "other", effect.GetType().Name),
    };
}
