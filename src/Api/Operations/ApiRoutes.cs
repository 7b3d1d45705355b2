using System.Collections.Immutable;
using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Gantry.Api;

/// <summary>Where endpoints declare their operations.</summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder endpoints, ListenerKind listener, OperationCatalog catalog)
{
    public OperationBuilder Get(string path, string id, string tag, string summary) => Declare(HttpMethods.Get, path, id, tag, summary);

    public OperationBuilder Post(string path, string id, string tag, string summary) => Declare(HttpMethods.Post, path, id, tag, summary);

    public OperationBuilder Put(string path, string id, string tag, string summary) => Declare(HttpMethods.Put, path, id, tag, summary);

    public OperationBuilder Delete(string path, string id, string tag, string summary) => Declare(HttpMethods.Delete, path, id, tag, summary);

    private OperationBuilder Declare(string method, string path, string id, string tag, string summary)
    {
        var operation = new Operation
        {
            Method = method,
            Path = path,
            Id = id,
            Tag = tag,
            Summary = summary,
            Listener = listener,
            Parameters = [.. RoutePatternFactory.Parse(path).Parameters.Select(p => new PathParameter(p.Name, FormOf(p.Name)))],
        };
        return new OperationBuilder(operation, Register);
    }

    private void Register(Operation operation)
    {
        Invariant.Check(operation.Answers.Length > 0, $"operation {operation.Id} declares a success");
        catalog.Add(operation);
        endpoints
            .MapMethods(operation.Path, [operation.Method], context => OperationRunner.RunAsync(context, operation))
            .WithMetadata(operation, new ListenerMark(listener))
            .WithDisplayName($"{operation.Method} {operation.Path}");
    }

    private static PathForm FormOf(string name) => name.EndsWith("_id", StringComparison.Ordinal) ? PathForm.Id : PathForm.NameOrId;
}

/// <summary>All operations that were declared, for the OpenAPI document, the 405 answer and the tests.</summary>
internal sealed class OperationCatalog
{
    private readonly List<Operation> _operations = [];

    public ImmutableArray<Operation> External => [.. _operations.Where(o => o.Listener is ListenerKind.External)];

    public ImmutableArray<Operation> Internal => [.. _operations.Where(o => o.Listener is ListenerKind.Internal)];

    public void Add(Operation operation)
    {
        Invariant.Check(
            !_operations.Any(o => o.Id == operation.Id && o.Listener == operation.Listener), $"operation id {operation.Id} is used once");
        _operations.Add(operation);
    }

    public ImmutableArray<Operation> Of(ListenerKind listener) => [.. _operations.Where(o => o.Listener == listener)];
}
