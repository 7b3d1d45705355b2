using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>A kind whose code does what code must not: it throws or hangs, in every place where it is called.</summary>
internal sealed class TroubleDecider : IDecider<TroubleState, TroubleCommand, TroubleEvent>
{
    /// <summary>Those that hang wait for it, so that a test can let its threads go.</summary>
    public static readonly ManualResetEventSlim LetGo = new();

    /// <summary>Entities whose code is mended, by key.</summary>
    public static ImmutableHashSet<string> Mended { get; set; } = [];

    public static TroubleState Initial { get; } = new();

    public static Decision<TroubleEvent> Decide(TroubleState state, TroubleCommand command, in Turn turn)
    {
        if (command is Provoke { Where: "decide" } provoke && !Mended.Contains(turn.Self.Key))
        {
            Trouble.Do(provoke.How);
        }

        return command switch
        {
            Provoke other => Decision.Accept<TroubleEvent>(null, [new Provoked(other.Where, other.How, turn.Self.Key)]),
            Calm => Decision.Accept<TroubleEvent>(new Calmed(state.Count + 1), [new Counted()]),
            Post post => Decision.Accept<TroubleEvent>(null, [new Counted()], [.. post.Commands.Select(c => new Effect.Post(post.To, c))]),
            _ => throw new InvalidOperationException(command.GetType().Name),
        };
    }

    public static TroubleState Apply(TroubleState state, TroubleEvent fact)
    {
        if (fact is Provoked { Where: "apply" } provoked && !Mended.Contains(provoked.Key))
        {
            Trouble.Do(provoked.How);
        }

        return state with { Count = state.Count + 1 };
    }

    public static ImmutableArray<ViewOp> Project(EntityAddress self, TroubleState before, TroubleEvent fact, TroubleState after)
    {
        if (fact is Provoked { Where: "view" } provoked && !Mended.Contains(self.Key))
        {
            if (provoked.How == "foreign")
            {
                return [TroubleArea.View.Upsert("calm", new TroubleRow(0))];
            }

            Trouble.Do(provoked.How);
        }

        return [TroubleArea.View.Upsert(self.Key, new TroubleRow(after.Count))];
    }
}

internal static class Trouble
{
    public static void Do(string how)
    {
        if (how == "throw")
        {
            throw new InvalidOperationException("trouble");
        }

        if (how == "cancel")
        {
            throw new OperationCanceledException("trouble");
        }

        if (how == "kill")
        {
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        }

        TroubleDecider.LetGo.Wait(TimeSpan.FromSeconds(20));
    }
}

internal static class TroubleArea
{
    public static readonly ViewSchema<TroubleRow> View = new("troubles", TroubleJson.Default.TroubleRow);

    public static readonly AreaModule Module = new()
    {
        Name = "trouble",
        Kinds =
        [
            EntityKind.Define<TroubleDecider, TroubleState, TroubleCommand, TroubleEvent>("trouble", k => k.View(TroubleDecider.Project)),
        ],
        Views = [View],
        Wire =
        [
            WireSet.OfForms(
                Form("trouble.state", TroubleJson.Default.TroubleState),
                Form("trouble.provoke", TroubleJson.Default.Provoke),
                Form("trouble.calm", TroubleJson.Default.Calm),
                Form("trouble.calmed", TroubleJson.Default.Calmed),
                Form("trouble.counted", TroubleJson.Default.Counted),
                Form("trouble.provoked", TroubleJson.Default.Provoked)),
        ],
    };

    public static EntityAddress At(string key) => new("trouble", key);

    private static WireForm Form<T>(string tag, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> info) => new(tag, 1, typeof(T), info, null);
}

internal sealed record TroubleState
{
    public int Count { get; init; }
}

internal sealed record TroubleRow(int Count);

internal abstract record TroubleCommand;

/// <summary>Makes trouble in <c>decide</c>, <c>apply</c> or <c>view</c>: <c>throw</c>, <c>cancel</c>, <c>hang</c>, and for a view <c>foreign</c>.</summary>
internal sealed record Provoke(string Where, string How) : TroubleCommand, ICommand<Done>;

internal sealed record Calm : TroubleCommand, ICommand<Calmed>;

internal sealed record Post(EntityAddress To, ImmutableArray<TroubleCommand> Commands) : TroubleCommand, ICommand<Done>;

internal sealed record Calmed(int Count);

internal abstract record TroubleEvent;

internal sealed record Counted : TroubleEvent;

internal sealed record Provoked(string Where, string How, string Key) : TroubleEvent;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TroubleState))]
[JsonSerializable(typeof(TroubleRow))]
[JsonSerializable(typeof(Provoke))]
[JsonSerializable(typeof(Calm))]
[JsonSerializable(typeof(Calmed))]
[JsonSerializable(typeof(Counted))]
[JsonSerializable(typeof(Provoked))]
internal sealed partial class TroubleJson : JsonSerializerContext;
