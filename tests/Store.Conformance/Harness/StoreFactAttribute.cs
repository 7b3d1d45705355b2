using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Gantry.Store.Conformance;

/// <summary>A fact of a suite; skipped by name where the suite's store is not to be had.</summary>
[XunitTestCaseDiscoverer("Gantry.Store.Conformance.StoreFactDiscoverer", "Gantry.Store.Conformance")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>A theory of a suite; skipped by name where the suite's store is not to be had.</summary>
[XunitTestCaseDiscoverer("Gantry.Store.Conformance.StoreTheoryDiscoverer", "Gantry.Store.Conformance")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class StoreTheoryAttribute : TheoryAttribute;

/// <summary>Implemented by harnesses whose store may be missing on this machine.</summary>
public interface IMayBeMissing
{
    /// <summary>Why the store is not to be had; null when it is.</summary>
    static abstract string? WhyNot { get; }
}

/// <summary>Finds out why a suite cannot run.</summary>
internal static class Missing
{
    public static string? WhyNot(ITestMethod method) => HarnessOf(method.TestClass.Class.ToRuntimeType())
        ?.GetProperty(nameof(IMayBeMissing.WhyNot))?.GetValue(null) as string;

    private static Type? HarnessOf(Type? suite)
    {
        for (var type = suite; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericArguments().FirstOrDefault(a => typeof(IMayBeMissing).IsAssignableFrom(a)) is { } harness)
            {
                return harness;
            }
        }

        return null;
    }
}

/// <summary>Makes the cases of <see cref="StoreFactAttribute"/>.</summary>
public sealed class StoreFactDiscoverer(IMessageSink sink) : FactDiscoverer(sink)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        Missing.WhyNot(testMethod) is { } why
            ? new MissingStoreCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, why)
            : base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
}

/// <summary>Makes the cases of <see cref="StoreTheoryAttribute"/>.</summary>
public sealed class StoreTheoryDiscoverer(IMessageSink sink) : TheoryDiscoverer(sink)
{
    public override IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute) =>
        Missing.WhyNot(testMethod) is { } why
            ? [new MissingStoreCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, why)]
            : base.Discover(discoveryOptions, testMethod, theoryAttribute);
}

/// <summary>A test that is skipped because its store is missing.</summary>
public sealed class MissingStoreCase : XunitTestCase
{
    private string _why = "";

    /// <summary>Called by the test framework when it reads a case back.</summary>
    [Obsolete("Called by the test framework only")]
    public MissingStoreCase()
    {
    }

    public MissingStoreCase(IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, string why)
        : base(sink, display, options, method) => _why = why;

    protected override string GetSkipReason(IAttributeInfo factAttribute) => _why;

    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue(nameof(_why), _why);
    }

    public override void Deserialize(IXunitSerializationInfo data)
    {
        _why = data.GetValue<string>(nameof(_why));
        base.Deserialize(data);
    }
}
