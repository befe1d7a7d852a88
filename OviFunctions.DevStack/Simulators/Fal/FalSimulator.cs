using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>
/// fal.ai on 127.0.0.1: the queue API (submit, status, result, cancel), signed webhooks, the keys that sign them and the
/// media files, with faults that can be switched on for one job or for all, here or over HTTP.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>POST /fal-ai/ovi/image-to-video?fal_webhook=</c>, <c>GET /fal-ai/ovi/requests/{id}/status</c>,
/// <c>GET /fal-ai/ovi/requests/{id}</c>, <c>PUT /fal-ai/ovi/requests/{id}/cancel</c></item>
/// <item><c>GET /.well-known/jwks.json</c>, <c>GET /files/{id}/output.mp4</c></item>
/// <item><c>POST /_faults</c> (<see cref="SimulatorFaultCommand"/>), <c>DELETE /_faults</c>, <c>GET /_calls</c></item>
/// </list>
/// </remarks>
public sealed partial class FalSimulator : IProviderSimulator
{
    private readonly FalSimulatorOptions _options;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly FalSigner _signer = new();
    private readonly FalRunner _runner;
    private readonly FalCallbackSender _callbacks;
    private readonly ConcurrentDictionary<string, FalJob> _jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _work = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _app;

    private FalSimulator(FalSimulatorOptions options)
    {
        _options = options;
        _runner = new FalRunner(options, _http, job => new Uri(options.MediaUrl ?? Url, $"files/{job.Id}/output.mp4"));
        _callbacks = new FalCallbackSender(options, _http, _signer, Callbacks);
    }

    public FalSimulatorOptions Options => _options;

    /// <summary>Where it listens: the queue's base URL.</summary>
    public Uri Url => LoopbackServer.AddressOf(_app!);

    /// <summary>Where the keys are.</summary>
    public Uri JwksUrl => new(Url, ".well-known/jwks.json");

    /// <inheritdoc/>
    public SimulatorFaults Faults { get; } = new();

    /// <inheritdoc/>
    public CallLog<SimulatorCall> Calls { get; } = new();

    /// <inheritdoc/>
    public CallLog<SimulatorCallback> Callbacks { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyCollection<string> TakenJobs => [.. _jobs.Keys];

    /// <summary>Starts a simulator.</summary>
    public static async Task<FalSimulator> StartAsync(FalSimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        var simulator = new FalSimulator(options ?? new FalSimulatorOptions());
        simulator._app = await LoopbackServer.StartAsync(simulator._options.Port, simulator.Map, cancellationToken);
        return simulator;
    }

    /// <summary>From now on another key signs, and only that one is published.</summary>
    public void RotateKey() => _signer.Rotate();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_app is not null) await _app.DisposeAsync();
        await Task.WhenAll(_work.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var job in _jobs.Values) job.Dispose();
        _runner.Dispose();
        _http.Dispose();
        _stopping.Dispose();
    }

    internal static string NewRequestId() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString();

    private void Map(WebApplication app)
    {
        app.MapPost($"/{_options.App}/{{**endpoint}}", SubmitAsync);
        app.MapGet($"/{_options.App}/requests/{{id}}/status", StatusAsync);
        app.MapGet($"/{_options.App}/requests/{{id}}", ResultAsync);
        app.MapPut($"/{_options.App}/requests/{{id}}/cancel", CancelAsync);
        app.MapGet("/.well-known/jwks.json", context => AnswerAsync(context, SimulatorCallKind.Keys, null, 200, _signer.Keys()));
        app.MapGet("/files/{id}/output.mp4", MediaAsync);
        app.MapPost("/_faults", SetFaultAsync);
        app.MapDelete("/_faults", () => Faults.Clear());
        app.MapGet("/_calls", () => Results.Json(new { calls = Calls.Entries, callbacks = Callbacks.Entries }, SimulatorFault.Json));
        app.MapFallback(context =>
            AnswerAsync(context, SimulatorCallKind.Submit, null, 404, FalAnswer.Request(404, null, "Application not found").Body));
    }

    private async Task SetFaultAsync(HttpContext context)
    {
        try
        {
            var command = await context.Request.ReadFromJsonAsync<SimulatorFaultCommand>(SimulatorFault.Json, context.RequestAborted);
            if ((command?.Fault is null ? "fault is missing" : command.ApplyTo(Faults)) is not { } problem) return;
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = problem }, context.RequestAborted);
        }
        catch (JsonException e)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = e.Message }, context.RequestAborted);
        }
    }

    /// <summary>Records a call and answers it as fal does, with the request's id in a header.</summary>
    private async Task AnswerAsync(
        HttpContext context, SimulatorCallKind kind, string? requestId, int status, JsonObject body, JsonElement? input = null)
    {
        Record(context, kind, requestId, status, input);
        context.Response.StatusCode = status;
        context.Response.Headers["x-fal-request-id"] = requestId ?? NewRequestId();
        if (status >= 400 && body["error_type"] is { } type) context.Response.Headers["X-Fal-Error-Type"] = type.GetValue<string>();
        if (status == 429) context.Response.Headers.RetryAfter = "3";
        await context.Response.WriteAsJsonAsync(body, context.RequestAborted);
    }

    /// <summary>Records a call and answers it as a proxy in front of fal does.</summary>
    private async Task AnswerAsGatewayAsync(HttpContext context, SimulatorCallKind kind, string? requestId, int status, JsonElement? input = null)
    {
        Record(context, kind, requestId, status, input);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync($"<html><title>{status}</title><body>nginx</body></html>", context.RequestAborted);
    }

    private void Drop(HttpContext context, SimulatorCallKind kind, string? requestId, JsonElement? input = null)
    {
        Record(context, kind, requestId, 0, input);
        context.Abort();
    }

    private void Record(HttpContext context, SimulatorCallKind kind, string? requestId, int status, JsonElement? input = null) =>
        Calls.Add(new SimulatorCall(
        kind,
        requestId,
        status,
        context.Request.Path + context.Request.QueryString,
        context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal),
        input));

    private bool HasKey(HttpContext context) => context.Request.Headers.Authorization == $"Key {_options.Key}";
}
