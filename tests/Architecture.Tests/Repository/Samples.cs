using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Gantry.Multicast;

namespace Gantry.Architecture.Tests;

/// <summary>Makes a value of any record with every member set, each to something else, and compares two of them member by member.</summary>
internal sealed class Samples
{
    private const int DepthMax = 12;

    private int _count;

    public object Make(Type type) => Make(type, 0) ?? throw new InvalidOperationException($"no sample of {type}");

    public static IEnumerable<string> Differences(object? sent, object? received, string path)
    {
        if (sent is null || received is null)
        {
            return ReferenceEquals(sent, received) ? [] : [$"{path}: sent {sent ?? "nothing"}, received {received ?? "nothing"}"];
        }

        if (sent.GetType() != received.GetType())
        {
            return [$"{path}: sent a {sent.GetType().Name}, received a {received.GetType().Name}"];
        }

        if (sent is JsonElement json)
        {
            return JsonElement.DeepEquals(json, (JsonElement)received) ? [] : [$"{path}: other JSON"];
        }

        if (IsPlain(sent.GetType()))
        {
            return Equals(sent, received) ? [] : [$"{path}: sent {sent}, received {received}"];
        }

        if (sent is IEnumerable left)
        {
            var (a, b) = (left.Cast<object>().ToList(), ((IEnumerable)received).Cast<object>().ToList());
            return a.Count != b.Count ? [$"{path}: sent {a.Count}, received {b.Count}"] : a.Zip(b).SelectMany((p, i) => Differences(p.First, p.Second, $"{path}[{i}]"));
        }

        return sent.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.Name != "EqualityContract" && IsStored(p))
            .SelectMany(p => Differences(p.GetValue(sent), p.GetValue(received), $"{path}.{p.Name}"));
    }

    // A member that follows from others need not travel.
    private static bool IsStored(PropertyInfo property) => property.SetMethod is not null ||
        property.DeclaringType!.GetConstructors().Any(c => c.GetParameters().Any(p => p.Name == property.Name)); // a property is declared somewhere

    private static bool IsPlain(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(Guid) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan);

    private object? Make(Type type, int depth)
    {
        var number = ++_count;
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Make(inner, depth);
        }

        if (type == typeof(Ip))
        {
            return Ip.Parse($"10.1.{number / 200 % 200}.{(number % 200) + 1}");
        }

        if (type == typeof(string))
        {
            return $"text-{number}";
        }

        if (type == typeof(Guid))
        {
            return new Guid(number, 7, 7, [1, 2, 3, 4, 5, 6, 7, 8]);
        }

        if (type == typeof(DateTimeOffset))
        {
            return DateTimeOffset.UnixEpoch.AddMinutes(number);
        }

        if (type == typeof(TimeSpan))
        {
            return TimeSpan.FromSeconds(number);
        }

        if (type == typeof(JsonElement))
        {
            return JsonDocument.Parse($"{{\"n\":{number}}}").RootElement;
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<object>().Last();
        }

        return type.IsPrimitive
            ? Convert.ChangeType(number % 100, type, CultureInfo.InvariantCulture)
            : MakeMany(type, depth) ?? MakeRecord(type, depth);
    }

    private object? MakeMany(Type type, int depth)
    {
        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, 1); // an array has elements
            array.SetValue(Make(type.GetElementType()!, depth + 1), 0);
            return array;
        }

        if (!type.IsGenericType)
        {
            return null;
        }

        var of = type.GetGenericArguments();
        var definition = type.GetGenericTypeDefinition();
        if (definition == typeof(ImmutableArray<>))
        {
            return typeof(Samples).GetMethod(nameof(OneOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(of).Invoke(null, [Make(of[0], depth + 1)]); // it is below
        }

        return definition == typeof(ImmutableDictionary<,>)
            ? typeof(Samples).GetMethod(nameof(PairOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(of) // it is below
                .Invoke(null, [Make(of[0], depth + 1), Make(of[1], depth + 1)])
            : null;
    }

    private object? MakeRecord(Type type, int depth)
    {
        if (depth > DepthMax)
        {
            return null;
        }

        if (type.IsAbstract)
        {
            throw new InvalidOperationException($"{type} is abstract: what is sent of it cannot be told by the receiver");
        }

        var constructor = type.GetConstructors().Where(c => c.GetParameters() is not [var only] || only.ParameterType != type)
            .OrderByDescending(c => c.GetParameters().Length).FirstOrDefault();
        var made = constructor is null
            ? Activator.CreateInstance(type, nonPublic: true)
            : constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, depth + 1))]);
        foreach (var property in type.GetProperties().Where(p => p.SetMethod is not null && p.GetIndexParameters().Length == 0 &&
            constructor?.GetParameters().Any(c => c.Name == p.Name) != true))
        {
            property.SetValue(made, Make(property.PropertyType, depth + 1));
        }

        return made;
    }

    private static ImmutableArray<T> OneOf<T>(T one) => [one];

    private static ImmutableDictionary<TKey, TValue> PairOf<TKey, TValue>(TKey key, TValue value) where TKey : notnull =>
        ImmutableDictionary<TKey, TValue>.Empty.Add(key, value);
}
