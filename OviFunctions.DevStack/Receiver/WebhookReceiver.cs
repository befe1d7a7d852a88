using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Webhooks;

namespace OviFunctions.DevStack.Receiver;

/// <summary>
/// A buyer's webhook receiver on 127.0.0.1: any path is an endpoint, every delivery is checked as Standard Webhooks asks, and
/// kept, valid or not. It can be told to behave badly.
/// </summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private const int MaxBodyBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly List<WebhookSecret> _secrets = [];
    private readonly Queue<ReceiverAnswer> _next = [];
    private readonly Dictionary<string, Queue<ReceiverAnswer>> _byPath = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private ReceiverAnswer _always = ReceiverAnswer.Ok;
    private WebApplication? _app;

    private WebhookReceiver(TimeProvider time) => _time = time;

    /// <summary>Where it listens.</summary>
    public Uri Url => LoopbackServer.AddressOf(_app!);

    /// <summary>Everything that came.</summary>
    public CallLog<ReceivedWebhook> Deliveries { get; } = new();

    /// <summary>Starts a receiver, on any free port when <paramref name="port"/> is 0.</summary>
    public static async Task<WebhookReceiver> StartAsync(
        int port = 0, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var receiver = new WebhookReceiver(time ?? TimeProvider.System);
        receiver._app = await LoopbackServer.StartAsync(port, app => app.MapPost("/{**path}", receiver.ReceiveAsync), cancellationToken);
        return receiver;
    }

    /// <summary>Adds the secret that an order returned; each delivery is checked against all of them.</summary>
    /// <exception cref="ArgumentException">It is not a webhook secret.</exception>
    public void AddSecret(string secret)
    {
        if (!WebhookSecret.TryParse(secret, out var parsed))
            throw new ArgumentException("A webhook secret is whsec_ and base64 of 24 to 64 bytes.", nameof(secret));
        lock (_gate) _secrets.Add(parsed);
    }

    /// <summary>How the next deliveries are answered, in the order of the calls.</summary>
    public void AnswerNext(ReceiverAnswer answer, int times = 1)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++) _next.Enqueue(answer);
        }
    }

    /// <summary>How the next deliveries to one path are answered, in this order; they take precedence over all others.</summary>
    public void AnswerAt(string path, params ReadOnlySpan<ReceiverAnswer> answers)
    {
        lock (_gate)
        {
            if (!_byPath.TryGetValue(path, out var queue)) _byPath[path] = queue = [];
            foreach (var answer in answers) queue.Enqueue(answer);
        }
    }

    /// <summary>How all other deliveries are answered.</summary>
    public void AnswerAlways(ReceiverAnswer answer)
    {
        lock (_gate) _always = answer;
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task ReceiveAsync(HttpContext context)
    {
        var request = context.Request;
        var body = await ReadAsync(request, context.RequestAborted);
        ReceiverAnswer answer;
        WebhookVerification verification;
        lock (_gate)
        {
            answer = TakeAnswer(request.Path);
            verification = StandardWebhook.Verify(
                request.Headers[StandardWebhook.IdHeader],
                request.Headers[StandardWebhook.TimestampHeader],
                request.Headers[StandardWebhook.SignatureHeader],
                body,
                _secrets,
                _time.GetUtcNow());
        }

        var headers = request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal);
        Deliveries.Add(new ReceivedWebhook(
            request.Headers[StandardWebhook.IdHeader], request.Path, verification, headers, body, answer.Status));
        if (answer.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers ?? new Dictionary<string, string>()) context.Response.Headers[name] = value;
        await context.Response.WriteAsync(answer.Body ?? "", context.RequestAborted);
    }

    private ReceiverAnswer TakeAnswer(string path) =>
        _byPath.TryGetValue(path, out var here) && here.TryDequeue(out var own) ? own
        : _next.TryDequeue(out var next) ? next
        : _always;

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBodyBytes];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }
}
