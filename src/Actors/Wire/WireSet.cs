using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Actors;

/// <summary>The wire forms of one assembly: its records with a tag, and the source-generated context that writes them.</summary>
public sealed class WireSet
{
    private WireSet(ImmutableArray<WireForm> forms) => Forms = forms;

    /// <summary>A set of given forms, for an assembly whose tagged types belong to several contexts.</summary>
    public static WireSet OfForms(params ImmutableArray<WireForm> forms) => new(forms);

    /// <summary>Every form, superseded versions included.</summary>
    public ImmutableArray<WireForm> Forms { get; }

    /// <summary>
    /// Collects every type of the assembly that carries a <see cref="WireAttribute"/>. Runs once, at start.
    /// </summary>
    /// <exception cref="InvalidOperationException">A tagged type is missing in the context.</exception>
    public static WireSet Of(JsonSerializerContext context, Assembly assembly, params WireUpcast[] upcasts)
    {
        var forms = ImmutableArray.CreateBuilder<WireForm>();
        foreach (var type in assembly.GetTypes())
        {
            if (type.GetCustomAttribute<WireAttribute>() is not { } wire)
            {
                continue;
            }

            var info = context.GetTypeInfo(type) ?? throw new InvalidOperationException(
                $"{type.Name} has the wire tag {wire.Tag} but {context.GetType().Name} lacks [JsonSerializable(typeof({type.Name}))]");
            forms.Add(new WireForm(wire.Tag, wire.Version, type, info, upcasts.FirstOrDefault(u => u.From == type)));
        }

        return new WireSet(forms.ToImmutable());
    }
}

/// <summary>One version of one tag.</summary>
public sealed record WireForm(string Tag, int Version, Type Type, JsonTypeInfo TypeInfo, WireUpcast? Upcast);

/// <summary>The step from one version's type to the next one's.</summary>
public sealed record WireUpcast(Type From, Type To, Func<object, object> Apply)
{
    /// <summary>Wraps an upcaster.</summary>
    public static WireUpcast Of<TUpcaster, TOld, TNew>()
        where TUpcaster : IUpcaster<TOld, TNew>
        where TOld : class
        where TNew : class =>
        new(typeof(TOld), typeof(TNew), old => TUpcaster.Upcast((TOld)old));
}
