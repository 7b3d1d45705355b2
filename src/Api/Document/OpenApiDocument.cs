using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Api;

/// <summary>
/// The OpenAPI 3.1 document, made from the declared operations: what is checked and what is documented is the same object. JSON schemas
/// come from the source-generated types with their own options, so the host's JSON settings play no part.
/// </summary>
internal sealed class OpenApiDocument(OperationCatalog catalog)
{
    private readonly Lazy<byte[]> _bytes = new(() => Build(catalog));

    public byte[] Bytes => _bytes.Value;

    private static byte[] Build(OperationCatalog catalog)
    {
        var schemas = new JsonObject { ["Error"] = SchemaOf(ApiJson.Default.ErrorBody) };
        var paths = new JsonObject();
        foreach (var path in catalog.External.OrderBy(o => o.Path, StringComparer.Ordinal).GroupBy(o => o.Path))
        {
            var item = new JsonObject();
            foreach (var operation in path.OrderBy(o => o.Method, StringComparer.Ordinal))
            {
                item[operation.Method.ToLowerInvariant()] = OperationOf(operation, schemas);
            }

            paths[path.Key] = item;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Gantry API",
                ["description"] = "Control plane of a rack-scale computer.",
                ["version"] = ApiVersions.External[0],
            },
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = schemas,
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, OpenApiJson.Default.JsonObject);
    }

    private static JsonObject OperationOf(Operation operation, JsonObject schemas)
    {
        var result = new JsonObject
        {
            ["operationId"] = operation.Id,
            ["tags"] = new JsonArray(operation.Tag),
            ["summary"] = operation.Summary,
            ["parameters"] = new JsonArray([.. operation.Parameters.Select(PathParameterOf), .. operation.Query.Select(QueryParameterOf)]),
        };
        if (operation.IsFree)
        {
            result["security"] = new JsonArray();
        }

        if (operation.Body is { } body)
        {
            result["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject
                {
                    ["application/json"] = new JsonObject
                    {
                        ["schema"] = Reference(body.Type, schemas),
                        ["example"] = operation.Example is { } text ? JsonNode.Parse(text) : ExampleMaker.OfBody(body.Type),
                    },
                },
            };
        }

        var responses = new JsonObject();
        foreach (var answer in operation.Answers)
        {
            responses[answer.Status.ToString()] = AnswerOf(answer, schemas);
        }

        foreach (var status in FailuresOf.Operation(operation).GroupBy(f => f.Status).OrderBy(g => g.Key))
        {
            responses[status.Key.ToString()] = ErrorAnswer([.. status]);
        }

        result["x-gantry-role"] = operation.Needs.ToString();
        result["responses"] = responses;
        return result;
    }

    private static JsonNode PathParameterOf(PathParameter parameter)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (parameter.Form is PathForm.Id)
        {
            schema["format"] = "uuid";
        }

        return new JsonObject { ["in"] = "path", ["name"] = parameter.Name, ["required"] = true, ["schema"] = schema };
    }

    private static JsonNode QueryParameterOf(QueryParameter parameter)
    {
        var schema = new JsonObject { ["type"] = parameter.Name == QueryReader.Limit || parameter.Range is not null ? "integer" : "string" };
        if (parameter.Range is { } range)
        {
            schema["minimum"] = range.Least;
            schema["maximum"] = range.Most;
        }

        if (!parameter.Allowed.IsEmpty)
        {
            schema["enum"] = new JsonArray([.. parameter.Allowed.Select(a => (JsonNode)a)]);
        }

        var result = new JsonObject
        {
            ["in"] = "query", ["name"] = parameter.Name, ["description"] = parameter.Description, ["schema"] = schema,
        };
        if (parameter.IsRequired)
        {
            result["required"] = true;
        }

        return result;
    }

    private static JsonObject AnswerOf(AnswerShape answer, JsonObject schemas)
    {
        var result = new JsonObject { ["description"] = answer.Status == 204 ? "done, nothing to say" : "successful operation" };
        if (answer.Type is { } type)
        {
            result["content"] = new JsonObject
            {
                [answer.ContentType] = new JsonObject { ["schema"] = Reference(type, schemas), ["example"] = ExampleMaker.OfAnswer(type) },
            };
        }
        else if (answer.Status != 204)
        {
            result["content"] = new JsonObject { [answer.ContentType] = new JsonObject() };
        }

        return result;
    }

    private static JsonObject ErrorAnswer(List<FailureShape> failures) => new()
    {
        ["description"] = string.Join("; or ", failures.Select(f => f.Why)),
        ["content"] = new JsonObject
        {
            ["application/json"] = new JsonObject
            {
                ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Error" },
                ["examples"] = new JsonObject(failures.Index().Select(f => KeyValuePair.Create<string, JsonNode?>(
                    $"{f.Item.ErrorCode ?? "NoCode"}{(f.Index == 0 ? "" : $"{f.Index + 1}")}", ErrorExample(f.Item)))),
            },
        },
    };

    private static JsonObject ErrorExample(FailureShape failure)
    {
        var body = new JsonObject { ["request_id"] = "6a0c0d0e-0000-4000-8000-000000000001", ["message"] = failure.Why };
        if (failure.ErrorCode is { } code)
        {
            body["error_code"] = code;
        }

        return new JsonObject { ["value"] = body };
    }

    private static JsonObject Reference(JsonTypeInfo type, JsonObject schemas)
    {
        var name = NameOf(type.Type);
        if (!schemas.ContainsKey(name))
        {
            schemas[name] = SchemaOf(type);
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{NameOf(type.GetGenericArguments()[0])}ResultsPage"
        : type.Name.EndsWith("Answer", StringComparison.Ordinal) ? type.Name[..^"Answer".Length] : type.Name;

    private static JsonNode SchemaOf(JsonTypeInfo type) =>
        type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, schema) => TimeOf(context.TypeInfo.Type) ?? schema,
        });

    // The exporter cannot look into a converter of ours.
    private static JsonObject? TimeOf(Type type) =>
        type == typeof(DateTimeOffset) ? new JsonObject { ["type"] = "string", ["format"] = "date-time" }
        : type == typeof(DateTimeOffset?) ? new JsonObject { ["type"] = new JsonArray("string", "null"), ["format"] = "date-time" }
        : null;
}
