using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Everything the gateway, the OpenAPI document and the tests know of one operation.</summary>
internal sealed class Operation
{
    public required string Method { get; init; }

    /// <summary>Route template, for example <c>/v1/instances/{instance}</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The operation id, as in the Nexus document where there is one.</summary>
    public required string Id { get; init; }

    public required string Tag { get; init; }

    public required string Summary { get; init; }

    public required ListenerKind Listener { get; init; }

    /// <summary>Path parameters in order.</summary>
    public ImmutableArray<PathParameter> Parameters { get; set; } = [];

    public ImmutableArray<QueryParameter> Query { get; set; } = [];

    /// <summary>Orders of a list; the first is the default. Empty: not a list.</summary>
    public ImmutableArray<SortOrder> Sorts { get; set; } = [];

    public BodyShape? Body { get; set; }

    /// <summary>Statuses of success with their bodies.</summary>
    public ImmutableArray<AnswerShape> Answers { get; set; } = [];

    /// <summary>Who may call; what is on the fleet is checked before the handler runs, the rest by the handler on the object.</summary>
    public RoleNeed Needs { get; set; } = RoleNeed.Unsaid;

    /// <summary>Fields that <c>filter</c> knows, of a list.</summary>
    public ImmutableArray<FilterField> Filter { get; set; } = [];

    /// <summary>Failures of its own, beside those that every operation of its form has.</summary>
    public ImmutableArray<FailureShape> Failures { get; set; } = [];

    /// <summary>A body that can be sent, as JSON; made from the shape when none is given.</summary>
    public string? Example { get; set; }

    /// <summary>
    /// Rights are judged before path, query and body, and callers without any fleet role are answered 404 (trust-quorum 7.1).
    /// </summary>
    public bool IsHidden { get; set; }

    public TimeSpan Deadline { get; set; } = ApiLimits.Deadline;

    /// <summary>Answered without credentials, as Nexus does for a ping.</summary>
    public bool IsFree => Needs.Scope is RoleScope.Free;

    /// <summary>Answers for as long as the client listens; no deadline.</summary>
    public bool IsStream { get; set; }

    /// <summary>Whatever comes as a body is not read.</summary>
    public bool IsBodyIgnored { get; set; }

    /// <summary>Internal listener: the first api-version that has the operation.</summary>
    public Version Since { get; set; } = new(1, 0, 0);

    public Func<ApiCall, CancellationToken, ValueTask<IResult>> Handler { get; set; } = null!; // set by Handle, the last call of every declaration

    public bool IsWrite => !HttpMethods.IsGet(Method);
}

/// <summary>A parameter in the path.</summary>
internal sealed record PathParameter(string Name, PathForm Form);

/// <summary>What a path segment may be.</summary>
internal enum PathForm
{
    /// <summary>A name or a UUID.</summary>
    NameOrId,

    /// <summary>A UUID only: things that Nexus knows by id.</summary>
    Id,

    /// <summary>Anything of up to 255 characters; the handler judges it.</summary>
    Text,
}

/// <summary>A query parameter; <paramref name="Allowed"/> empty allows any text.</summary>
internal sealed record QueryParameter(string Name, string Description, bool IsRequired, ImmutableArray<string> Allowed)
{
    /// <summary>The longest value, in characters.</summary>
    public int LengthMax { get; init; } = ApiLimits.QueryValueLengthMax;

    /// <summary>Least and most of a whole number; null for text.</summary>
    public (long Least, long Most)? Range { get; init; }
}

/// <summary>One success of an operation.</summary>
internal sealed record AnswerShape(int Status, JsonTypeInfo? Type, string ContentType = "application/json");

/// <summary>One failure of an operation that its declaration says.</summary>
internal sealed record FailureShape(int Status, string? ErrorCode, string Why);
