using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>api</c>: any call, authenticated.</summary>
internal static class ApiCommand
{
    private const int BodyCharsMax = 64 * 1024;

    public static Command Make(CommandMaker make)
    {
        var method = new Argument<string>("method") { Description = "get, post, put or delete." };
        var path = new Argument<string>("path") { Description = "For example /v1/limits." };
        var body = new Option<string?>("--body", "-d") { Description = "JSON, @file, or - for standard input." };
        var ifMatch = new Option<string?>("--if-match") { Description = "ETag as it was received." };
        return make.Verb(
            "api",
            "A raw call. Example: gantry api get /v1/limits | gantry api put /v1/projects/web -d {\"description\":\"x\"}",
            async (session, ct) =>
            {
                var verb = session.Parsed.GetRequiredValue(method).ToUpperInvariant();
                if (verb is not ("GET" or "POST" or "PUT" or "DELETE"))
                {
                    throw new CliException(ExitCodes.Usage, $"\"{verb}\" is no method that the API serves") { Next = "use get, post, put or delete" };
                }

                var reply = await session.Client.CallAsync(
                    new HttpMethod(verb),
                    PathOf(session.Parsed.GetRequiredValue(path)),
                    BodyOf(session, session.Parsed.GetValue(body)),
                    session.Parsed.GetValue(ifMatch),
                    ct).ConfigureAwait(false);
                if (reply.Body.ValueKind is not JsonValueKind.Undefined)
                {
                    if (session.Format is OutputFormat.Yaml)
                    {
                        Yaml.Write(session.Host.Out, reply.Body);
                    }
                    else
                    {
                        session.Host.Out.WriteLine(JsonSerializer.Serialize(reply.Body, CliJson.Indented.JsonElement));
                    }
                }

                return ExitCodes.Ok;
            },
            method, path, body, ifMatch);
    }

    private static string PathOf(string path) => path.StartsWith('/')
        ? path
        : throw new CliException(ExitCodes.Usage, $"\"{path}\" is no path") { Next = "begin it with a slash: /v1/limits" };

    private static JsonNode? BodyOf(Session session, string? text)
    {
        if (text is null)
        {
            return null;
        }

        var json = text == "-" ? session.Host.In.ReadToEnd() : text.StartsWith('@') ? File.ReadAllText(text[1..]) : text;
        if (json.Length > BodyCharsMax)
        {
            throw new CliException(ExitCodes.Usage, $"the body has {json.Length} characters; the API reads at most {BodyCharsMax} bytes");
        }

        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException e)
        {
            throw new CliException(ExitCodes.Usage, "the body is not JSON") { Why = [e.Message] };
        }
    }
}
