using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Actors;

/// <summary>Makes the entity kind of a saga: <c>saga.&lt;name&gt;</c>, run by the engine's own decider (engine 8.2).</summary>
public static class SagaKind
{
    /// <summary>What stands before a saga's name in its kind.</summary>
    public const string Prefix = "saga.";

    /// <summary>The kind of a saga, for <see cref="AreaModule.Kinds"/>.</summary>
    /// <param name="data">Reads and writes the saga's data; from the area's source-generated context.</param>
    /// <exception cref="InvalidOperationException">The list of steps is empty, too long, or has a name twice or of a wrong form.</exception>
    public static EntityKind Define<TSaga, TData>(JsonTypeInfo<TData> data)
        where TSaga : ISaga<TData>
        where TData : class => new()
        {
            Name = Prefix + TSaga.Name,
            Runner = new SagaRunner<TSaga, TData>(data),
            StateType = typeof(SagaState),
            IdleAfter = TimeSpan.FromMinutes(1),
        };

    /// <summary>The address of one saga.</summary>
    public static EntityAddress AddressOf<TSaga, TData>(string key)
        where TSaga : ISaga<TData>
        where TData : class => new(Prefix + TSaga.Name, key);

    /// <summary>The message by which an entity starts a saga: posted, so at the latest after a restart it runs.</summary>
    public static Effect Start<TSaga, TData>(string key, TData first, JsonTypeInfo<TData> data)
        where TSaga : ISaga<TData>
        where TData : class =>
        new Effect.Post(AddressOf<TSaga, TData>(key), new StartSaga(JsonSerializer.SerializeToElement(first, data)));
}

/// <summary>A saga's steps by name, for operators.</summary>
public interface ISagaSteps
{
    /// <summary>Names in order.</summary>
    System.Collections.Immutable.ImmutableArray<string> StepNames { get; }
}

/// <summary>What the engine must know of a saga's kind to start one and to read its end.</summary>
public interface ISagaRunner<TData> where TData : class
{
    /// <summary>Reads and writes the data.</summary>
    JsonTypeInfo<TData> Data { get; }
}
