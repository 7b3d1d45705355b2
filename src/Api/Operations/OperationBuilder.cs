using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Declares one operation; ends with <see cref="Handle"/>.</summary>
internal sealed class OperationBuilder(Operation operation, Action<Operation> register)
{
    /// <summary>Changes the form of a path parameter; names ending in <c>_id</c> are UUIDs, others name-or-id unless said here.</summary>
    public OperationBuilder Path(string name, PathForm form)
    {
        operation.Parameters = [.. operation.Parameters.Select(p => p.Name == name ? p with { Form = form } : p)];
        return this;
    }

    /// <summary>Allows a query parameter.</summary>
    public OperationBuilder Query(string name, string description, bool isRequired = false, params ImmutableArray<string> allowed)
    {
        operation.Query = operation.Query.Add(new QueryParameter(name, description, isRequired, allowed));
        return this;
    }

    /// <summary>Allows a query parameter with a longer value than usual.</summary>
    public OperationBuilder Query(string name, string description, int lengthMax)
    {
        operation.Query = operation.Query.Add(new QueryParameter(name, description, false, []) { LengthMax = lengthMax });
        return this;
    }

    /// <summary>Allows a query parameter that is a whole number within bounds; <see cref="ApiCall.QueryNumber"/> reads it.</summary>
    public OperationBuilder Query(string name, string description, long least, long most)
    {
        operation.Query = operation.Query.Add(new QueryParameter(name, description, false, []) { Range = (least, most) });
        return this;
    }

    /// <summary>A list: <c>limit</c>, <c>page_token</c>, <c>sort_by</c>; the call.PageAsync methods answer it.</summary>
    public OperationBuilder Paged(ImmutableArray<SortOrder> sorts)
    {
        operation.Sorts = sorts;
        return Query(QueryReader.Limit, $"1 to {ApiLimits.PageMax}; default {ApiLimits.PageDefault}, larger is cut")
            .Query(QueryReader.Token, "next_page of the page before; other scan parameters are then ignored")
            .Query(QueryReader.SortBy, "order of the list", isRequired: false, [.. sorts.Select(s => s.Word)]);
    }

    /// <summary>The JSON body that is read.</summary>
    public OperationBuilder Body<T>(JsonTypeInfo<T> type)
    {
        operation.Body = new BodyShape(type);
        return this;
    }

    /// <summary>A member that Nexus defines and we do not serve: accepted when null, empty or the given default, else 400.</summary>
    public OperationBuilder NotServed(string member, string? standard = null)
    {
        operation.Body!.NotServed.Add(member, standard); // Body comes before NotServed
        return this;
    }

    /// <summary>A success with a body.</summary>
    public OperationBuilder Answers<T>(int status, JsonTypeInfo<T> type)
    {
        operation.Answers = operation.Answers.Add(new AnswerShape(status, type));
        return this;
    }

    /// <summary>A success without a body, or with one that is not JSON.</summary>
    public OperationBuilder Answers(int status, string contentType = "application/json")
    {
        operation.Answers = operation.Answers.Add(new AnswerShape(status, null, contentType));
        return this;
    }

    /// <summary>Needs a rank on the fleet, else 403.</summary>
    public OperationBuilder Fleet(Rank atLeast)
    {
        operation.Needs = new RoleNeed(RoleScope.Fleet, atLeast);
        return this;
    }

    /// <summary>Needs a rank on a silo; the handler checks it (<c>call.Caller.On(silo)</c>).</summary>
    public OperationBuilder OnSilo(Rank atLeast)
    {
        operation.Needs = new RoleNeed(RoleScope.Silo, atLeast);
        return this;
    }

    /// <summary>Needs a rank on the project of the object; the handler checks it (<see cref="FoundProject"/>).</summary>
    public OperationBuilder OnProject(Rank atLeast)
    {
        operation.Needs = new RoleNeed(RoleScope.Project, atLeast);
        return this;
    }

    /// <summary>Any user may call, for what is its own or visible to all.</summary>
    public OperationBuilder SignedIn()
    {
        operation.Needs = new RoleNeed(RoleScope.SignedIn, Rank.None);
        return this;
    }

    /// <summary>Who has no role on the fleet at all gets 404, and rights are judged before the request is read.</summary>
    public OperationBuilder Hidden()
    {
        operation.IsHidden = true;
        return this;
    }

    /// <summary>Answered without credentials.</summary>
    public OperationBuilder Free()
    {
        operation.Needs = new RoleNeed(RoleScope.Free, Rank.None);
        return this;
    }

    /// <summary>A failure of its own, for the document: for example 409 <c>Conflict</c>.</summary>
    public OperationBuilder Fails(int status, string? errorCode, string why)
    {
        operation.Failures = operation.Failures.Add(new FailureShape(status, errorCode, why));
        return this;
    }

    /// <summary>A body that can be sent; where it is missing one is made from the shape.</summary>
    public OperationBuilder Example(string json)
    {
        operation.Example = json;
        return this;
    }

    /// <summary>Answers for as long as the client listens.</summary>
    public OperationBuilder Stream()
    {
        operation.IsStream = true;
        return this;
    }

    /// <summary>Waits for a sled: 90 s instead of 10 s.</summary>
    public OperationBuilder WaitsForSled()
    {
        operation.Deadline = ApiLimits.DeadlineOfSledCalls;
        return this;
    }

    /// <summary>Whatever comes as a body is not read, so that it can be anything.</summary>
    public OperationBuilder IgnoresBody()
    {
        operation.IsBodyIgnored = true;
        return this;
    }

    /// <summary>Internal listener: the first api-version that has it.</summary>
    public OperationBuilder Since(int major, int minor, int patch)
    {
        operation.Since = new Version(major, minor, patch);
        return this;
    }

    /// <summary>The code that answers; it runs after all checks that can be declared.</summary>
    public void Handle(Func<ApiCall, CancellationToken, ValueTask<IResult>> handler)
    {
        operation.Handler = handler;
        if (operation is { IsWrite: true, Listener: not ListenerKind.Internal })
        {
            Query(QueryReader.DryRun, "check and answer what it would do; change nothing", isRequired: false, "true", "false");
        }

        if (!operation.Sorts.IsEmpty)
        {
            operation.Filter = FilterField.Of(operation.Answers[0].Type);
            Query(QueryReader.Filter, FilterField.Describe(operation.Filter), ApiLimits.ScanParametersBytesMax);
        }

        if (operation is { Body: { } body, Listener: ListenerKind.Internal })
        {
            body.IgnoresUnknown = true;
        }

        register(operation);
    }
}
