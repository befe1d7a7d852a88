using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// What the simulated providers have in common: jobs that wait, run and end, their videos, webhooks, faults that can be switched
/// on for one job or for all, and the log of calls. A protocol adds its routes and its words.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>GET /files/{id}/output.mp4</c></item>
/// <item><c>POST /_faults</c> (<see cref="SimulatorFaultCommand"/>), <c>DELETE /_faults</c>, <c>GET /_calls</c></item>
/// </list>
/// </remarks>
public abstract partial class ProviderSimulator : IProviderSimulator
{
    private readonly SimulatorOptions _options;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly SimulatorRunner _runner;
    private readonly ConcurrentDictionary<string, SimulatedJob> _jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _work = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private SimulatorCallbackSender? _callbacks;
    private WebApplication? _app;

    private protected ProviderSimulator(SimulatorOptions options)
    {
        _options = options;
        _runner = new SimulatorRunner(options, _http);
    }

    /// <inheritdoc/>
    public Uri Url => LoopbackServer.AddressOf(_app!);

    /// <inheritdoc/>
    public SimulatorFaults Faults { get; } = new();

    /// <inheritdoc/>
    public CallLog<SimulatorCall> Calls { get; } = new();

    /// <inheritdoc/>
    public CallLog<SimulatorCallback> Callbacks { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyCollection<string> TakenJobs => [.. _jobs.Keys];

    /// <summary>The jobs that were taken, by id.</summary>
    private protected IReadOnlyDictionary<string, SimulatedJob> Jobs => _jobs;

    /// <summary>Set when the simulator ends.</summary>
    private protected CancellationToken Stopping => _stopping.Token;

    /// <summary>The webhooks of this protocol; null when it has none.</summary>
    private protected virtual WebhookProtocol? Webhooks => null;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_app is not null) await _app.DisposeAsync();
        await Task.WhenAll(_work.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var job in _jobs.Values) job.Dispose();
        _runner.Dispose();
        _http.Dispose();
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A UUID, as most providers number their jobs.</summary>
    internal static string NewUuid() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString();

    /// <summary>Adds the routes of the protocol.</summary>
    private protected abstract void MapApi(WebApplication app);

    /// <summary>What is answered where nothing is.</summary>
    private protected abstract SimulatedAnswer NotFound(string? id);

    /// <summary>Adds what the provider puts into the headers of every answer.</summary>
    private protected virtual void AddHeaders(IHeaderDictionary headers, string? id, SimulatedAnswer answer)
    {
    }

    private protected async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Webhooks is { } webhooks) _callbacks = new SimulatorCallbackSender(_options, _http, webhooks, Callbacks);
        _app = await LoopbackServer.StartAsync(_options.Port, Map, cancellationToken);
    }

    /// <summary>Takes a job: from here on it costs money.</summary>
    private protected SimulatedJob Take(string id, string model, JobInput input, Uri? webhook, SimulatorFault fault)
    {
        var job = new SimulatedJob(id, input, webhook, fault, model);
        _jobs[id] = job;
        _work[id] = Task.Run(async () =>
        {
            await _runner.RunAsync(job, _stopping.Token);
            if (_callbacks is not null) await _callbacks.SendAsync(job, _stopping.Token);
        });
        return job;
    }

    /// <summary>Records a call and answers it.</summary>
    private protected async Task AnswerAsync(HttpContext context, SimulatorCallKind kind, string? id, SimulatedAnswer answer, JsonElement? input = null)
    {
        Record(context, kind, id, answer.Status, input);
        context.Response.StatusCode = answer.Status;
        AddHeaders(context.Response.Headers, id, answer);
        foreach (var (name, value) in answer.Headers) context.Response.Headers[name] = value;
        await context.Response.WriteAsJsonAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>Records a call and answers it as a proxy in front of the provider does.</summary>
    private protected async Task AnswerAsGatewayAsync(HttpContext context, SimulatorCallKind kind, string? id, int status, JsonElement? input = null)
    {
        Record(context, kind, id, status, input);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync($"<html><title>{status}</title><body>nginx</body></html>", context.RequestAborted);
    }

    private protected void Drop(HttpContext context, SimulatorCallKind kind, string? id, JsonElement? input = null)
    {
        Record(context, kind, id, 0, input);
        context.Abort();
    }

    private protected void Record(HttpContext context, SimulatorCallKind kind, string? id, int status, JsonElement? input = null) =>
        Calls.Add(new SimulatorCall(
            kind,
            id,
            status,
            context.Request.Path + context.Request.QueryString,
            context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal),
            input));

    private void Map(WebApplication app)
    {
        MapApi(app);
        app.MapGet("/files/{id}/output.mp4", MediaAsync);
        app.MapPost("/_faults", SetFaultAsync);
        app.MapDelete("/_faults", () => Faults.Clear());
        app.MapGet("/_calls", () => Results.Json(new { calls = Calls.Entries, callbacks = Callbacks.Entries }, SimulatorFault.Json));
        app.MapFallback(context => AnswerAsync(context, SimulatorCallKind.Submit, null, NotFound(null)));
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
}
