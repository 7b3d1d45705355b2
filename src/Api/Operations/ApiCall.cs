using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gantry.Api;

/// <summary>One request as a handler sees it: everything was read and checked before.</summary>
internal sealed class ApiCall(HttpContext http, Operation operation, Gate gate)
{
    private byte[] _bytes = [];
    private readonly Dictionary<string, string> _path = new(StringComparer.Ordinal);
    private object? _body;
    private PageRequest? _page;
    private ListFilter? _filter;

    public HttpContext Http { get; } = http;

    public Operation Operation { get; } = operation;

    /// <summary>Query parameters by name; beside a page token those of the token.</summary>
    public ImmutableSortedDictionary<string, string> Query { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The idempotency key of this request; made here when the client sent none.</summary>
    public CommandKey Key { get; private set; }

    /// <summary>Digest over operation, path and body: the same key with another digest is refused by the engine.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The request is only tried: asks are decided and not committed.</summary>
    public bool IsDryRun => Query.TryGetValue(QueryReader.DryRun, out var dryRun) && dryRun == "true";

    /// <summary>The generation of <c>If-Match</c>, if any.</summary>
    public long? IfMatch { get; private set; }

    public Caller? CallerOrNull { get; set; }

    /// <summary>The caller. External listener only.</summary>
    public Caller Caller => CallerOrNull ?? throw Invariant.Unreachable("operations of the external listener have a caller");

    /// <summary>Whether the credentials are still good and mean the same user with the same roles.</summary>
    public async ValueTask<bool> IsCallerAsBeforeAsync(CancellationToken ct) =>
        BearerToken.Of(Http.Request) is { } token
        && await gate.Callers.FindAsync(token, ct).ConfigureAwait(false) is { } now
        && now.IsAs(Caller);

    public Principal Principal => CallerOrNull?.Principal
        ?? new Principal(PrincipalKind.Device, Http.Connection.RemoteIpAddress?.ToString() ?? "in-process");

    public IEntities Entities => gate.Entities;

    public IViews Views => gate.Views;

    public ILogger Log => gate.Log;

    public TimeProvider Clock => gate.Clock;

    /// <summary>How much of its burst of writes the caller has used.</summary>
    public long WritesUsed => gate.Buckets.UsedBy(Caller.User);

    /// <summary>What a handler has to say about a dry run besides the effects; null for nothing.</summary>
    public JsonNode? DryRunDetail { get; set; }

    /// <summary>A service of the host.</summary>
    public T Service<T>() where T : notnull => Http.RequestServices.GetRequiredService<T>();

    /// <summary>A path segment as text; its form was checked.</summary>
    public string Path(string name) => _path[name];

    /// <summary>A path segment that is a UUID.</summary>
    public Guid PathId(string name) => Guid.Parse(_path[name]);

    /// <summary>A query parameter that was declared as a number; null when it is absent.</summary>
    public long? QueryNumber(string name) =>
        Query.TryGetValue(name, out var text) ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    /// <summary>The body.</summary>
    public T Body<T>() where T : class => (T)(_body ?? throw Invariant.Unreachable("operations that read a body declare it"));

    /// <summary>The name that a body gives to what it is about; null without one, or when the body could not be taken.</summary>
    public string? NameInBody()
    {
        if (_body is null)
        {
            return null;
        }

        var reader = new Utf8JsonReader(_bytes);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType is JsonTokenType.PropertyName && reader.ValueTextEquals("name"u8))
            {
                return reader.Read() && reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
            }
        }

        return null;
    }

    /// <summary>How to ask an entity on behalf of this request. A request that asks several entities gives each ask a name.</summary>
    public AskOptions Ask(string? part = null) => new()
    {
        Key = part is null ? Key : new CommandKey($"{Key.Value}:{part}"),
        Deadline = Operation.Deadline,
        Caller = Principal,
        Digest = Digest,
        Bytes = Math.Max(512, _bytes.Length),
        ExpectedGeneration = IfMatch,
        Trace = ApiTraces.Current,
    };

    /// <summary>The id of what this request creates: the same for every retry with the same key (engine 2.4).</summary>
    public Guid NewId(string part = "") => GuidForm.FromText($"create|{Operation.Id}|{Key.Value}|{part}");

    public IResult Ok<T>(T value, JsonTypeInfo<T> type, long? generation = null) =>
        new JsonAnswer<T>(200, value, type) { Generation = generation };

    public IResult Created<T>(T value, JsonTypeInfo<T> type, string? location = null, long? generation = null) =>
        new JsonAnswer<T>(201, value, type) { Location = location, Generation = generation };

    public IResult Accepted<T>(T value, JsonTypeInfo<T> type, long? generation = null) =>
        new JsonAnswer<T>(202, value, type) { Generation = generation };

    public IResult NoContent() => Results.NoContent();

    public IResult Refuse(Refusal why) => new FailureResult(Failure.Of(why));

    /// <summary>
    /// Null, or the refusal for an <c>If-Match</c> of another generation. Only for handlers that check something by themselves before they ask
    /// the entity, which checks the generation anyhow.
    /// </summary>
    public Refusal? WhyStale(string what, long generation) => IfMatch is not { } wanted || wanted == generation
        ? null
        : new Refusal(
            RefusalKind.GenerationMoved, "GenerationMoved", $"{what} is at generation {generation}, the request expected {wanted}",
            "read the object again and repeat the request with its present ETag");

    public IResult NotFound(string what, string name) => Refuse(Refusal.NotFound(what, name));

    /// <summary>Answers an outcome: accepted by the given function, everything else as engine 2.4 says.</summary>
    public IResult Answer<T>(Outcome<T> outcome, Func<T, IResult> accepted) where T : class
    {
        if (outcome is not Outcome<T>.Accepted done)
        {
            return OutcomeAnswers.Fail(outcome);
        }

        if (IsDryRun)
        {
            return NoContent(); // what it would answer is not there to be read
        }

        MarkReplay(done.IsReplay);
        return accepted(done.Value);
    }

    /// <summary>The same for answers that have to be read from views first.</summary>
    public async ValueTask<IResult> AnswerAsync<T>(Outcome<T> outcome, Func<T, ValueTask<IResult>> accepted) where T : class
    {
        if (outcome is not Outcome<T>.Accepted done)
        {
            return OutcomeAnswers.Fail(outcome);
        }

        if (IsDryRun)
        {
            return NoContent(); // what it would answer is not there to be read
        }

        MarkReplay(done.IsReplay);
        return await accepted(done.Value).ConfigureAwait(false);
    }

    /// <summary>Says that the answer is the remembered one of an earlier request with the same key.</summary>
    public void MarkReplay(bool isReplay)
    {
        if (isReplay)
        {
            Http.Response.Headers[IdempotencyKeys.ReplayHeader] = "true";
        }
    }

    /// <summary>Answers a list from one view.</summary>
    public ValueTask<IResult> PageAsync<TRow, TItem>(
        ViewQuery<TRow> query, Func<TRow, TItem?> map, JsonTypeInfo<Page<TItem>> type, CancellationToken ct)
        where TRow : class
        where TItem : class =>
        PageAsync(query, (item, _) => ValueTask.FromResult(map(item.Row)), type, ct);

    private Func<ViewItem<TRow>, IViews, ValueTask<TItem?>> Filtered<TRow, TItem>(Func<ViewItem<TRow>, IViews, ValueTask<TItem?>> map)
        where TRow : class
        where TItem : class =>
        _filter is not { } filter
            ? map
            : async (row, views) => await map(row, views).ConfigureAwait(false) is { } item && filter.Holds(item) ? item : null;

    /// <summary>Answers a list from one view, with a map that may look at other views of the same commit; null hides a row.</summary>
    public async ValueTask<IResult> PageAsync<TRow, TItem>(
        ViewQuery<TRow> query,
        Func<ViewItem<TRow>, IViews, ValueTask<TItem?>> map,
        JsonTypeInfo<Page<TItem>> type,
        CancellationToken ct)
        where TRow : class
        where TItem : class
    {
        var request = _page ?? throw Invariant.Unreachable("lists are declared with Paged");
        var snapshot = await Views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            return Ok(await Pager.FillAsync(snapshot, query, request, Filtered(map), ct).ConfigureAwait(false), type);
        }
    }

    /// <summary>Answers a list that is put together by the handler and not read from one view: all of it, in any order.</summary>
    /// <param name="all">The items.</param>
    /// <param name="place">A number to sort by, then the key, unique.</param>
    /// <param name="type">Form of the page.</param>
    public IResult PageOf<TItem>(IEnumerable<TItem> all, Func<TItem, ViewCursor> place, JsonTypeInfo<Page<TItem>> type) where TItem : class =>
        Ok(Pager.Fill(all.Where(i => _filter?.Holds(i) != false), place, _page ?? throw Invariant.Unreachable("lists are declared with Paged")), type);

    /// <summary>Reads path, query, headers and body; the failure if one of them cannot be taken.</summary>
    internal async ValueTask<Failure?> ReadAsync(CancellationToken ct)
    {
        if (ReadPath() is { } badPath)
        {
            return badPath;
        }

        var (values, badQuery) = Operation.Listener is not ListenerKind.Internal
            ? QueryReader.Read(Http.Request, Operation)
            : (Query, null);
        if (badQuery is not null)
        {
            return badQuery;
        }

        Query = values;
        if (!Operation.Sorts.IsEmpty)
        {
            var scan = $"{Operation.Id}|{Http.Request.Path.Value}|{CallerOrNull?.User}";
            (_page, Query, badQuery) = QueryReader.ReadPage(values, Operation, scan);
            if (badQuery is null && Query.TryGetValue(QueryReader.Filter, out var filter))
            {
                (_filter, badQuery) = ListFilter.Read(filter, Operation);
            }

            if (badQuery is not null)
            {
                return badQuery;
            }
        }

        if (!ReadIfMatch(out var badHeader))
        {
            return badHeader;
        }

        return Operation.IsWrite ? await ReadWriteAsync(ct).ConfigureAwait(false) : null;
    }

    private bool ReadIfMatch(out Failure? failure)
    {
        var isRead = global::Gantry.Api.IfMatch.TryRead(Http.Request, out var generation, out failure);
        IfMatch = generation;
        return isRead;
    }

    private Failure? ReadPath()
    {
        foreach (var parameter in Operation.Parameters)
        {
            var text = Http.Request.RouteValues[parameter.Name] as string ?? "";
            if (PathCheck.WhyNot(text, parameter.Form) is { } why)
            {
                return Failure.Malformed(ApiErrors.MalformedPath, $"path parameter \"{parameter.Name}\": {why}");
            }

            _path.Add(parameter.Name, text);
        }

        return null;
    }

    private async ValueTask<Failure?> ReadWriteAsync(CancellationToken ct)
    {
        var (bytes, tooLarge) = Operation.IsBodyIgnored
            ? ([], null)
            : await BodyReader.ReadBytesAsync(Http.Request, ct).ConfigureAwait(false);
        if (tooLarge is not null)
        {
            return tooLarge;
        }

        if (IdempotencyKeys.Read(Http.Request, Operation, CallerOrNull, gate.Random, out var key) is { } badKey)
        {
            return badKey;
        }

        Key = IsDryRun ? CommandKey.Fresh(gate.Random) : key; // a trial neither takes nor replays a key
        Digest = IdempotencyKeys.DigestOf(Operation, Http.Request.Path, Query, bytes);
        _bytes = bytes;
        if (Operation.Body is not { } shape)
        {
            return null;
        }

        (_body, var badBody) = BodyReader.Parse(Http.Request, bytes, shape);
        return badBody;
    }
}
