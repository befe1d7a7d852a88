using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace OviFunctions.Payments.Chain;

/// <summary>Reads the result of a call; false when it is not what the method should give.</summary>
internal delegate bool ResultParser<T>(JsonElement result, [MaybeNullWhen(false)] out T value);

/// <summary>One call at a time of JSON-RPC 2.0 over HTTP POST, the answer bounded.</summary>
internal sealed partial class JsonRpcClient(HttpClient client, Uri endpoint, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    /// <summary>Calls <paramref name="method"/> and parses its result.</summary>
    public async Task<ChainRead<T>> CallAsync<T>(
        string method, JsonArray parameters, ResultParser<T> parser, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters });
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        var sent = await BoundedHttp.SendAsync(client, request, MaxAnswerBytes, timeout, time, cancellationToken);
        if (sent is HttpOutcome.Failed failed) return new ChainFailure($"{method}: {failed.Reason}", failed.TooLarge);
        var answer = (HttpOutcome.Answered)sent;
        if (!StrictJson.TryParse(answer.Body, out var document, out _))
            return new ChainFailure($"{method}: HTTP {(int)answer.Status} without JSON");
        using (document)
        {
            var root = document.RootElement;
            // Some nodes send an error object with an HTTP status of their own.
            if (StrictJson.Member(root, "error") is { ValueKind: JsonValueKind.Object } error) return Refusal(method, error);
            return answer.Ok && parser(StrictJson.Member(root, "result"), out var value)
                ? value
                : new ChainFailure($"{method}: HTTP {(int)answer.Status} without a usable result");
        }
    }

    private ChainFailure Refusal(string method, JsonElement error)
    {
        var code = StrictJson.Integer(error, "code") ?? 0;
        var message = ScrubbedText.From(StrictJson.Text(error, "message"));
        LogRefused(method, code, message);
        return new ChainFailure($"{method}: error {code}", Refused: true, ChainFailure.IsRevert(code));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node refused {Method} with error {Code}: {Explanation}")]
    private partial void LogRefused(string method, int code, string explanation);
}
