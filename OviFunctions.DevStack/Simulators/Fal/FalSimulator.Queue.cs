using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>The queue API and the media files.</summary>
public sealed partial class FalSimulator
{
    private async Task SubmitAsync(HttpContext context)
    {
        if (!HasKey(context))
        {
            await AnswerAsync(context, SimulatorCallKind.Submit, null, 401, FalAnswer.OfSubmit(SubmitFault.Unauthorized)!.Body);
            return;
        }

        if (await ReadInputAsync(context) is not { } input)
        {
            var malformed = FalAnswer.Request(400, "bad_request", "The body is not a JSON object");
            await AnswerAsync(context, SimulatorCallKind.Submit, null, malformed.Status, malformed.Body);
            return;
        }

        var hasPrompt = input.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.String;
        var fault = Faults.Take(hasPrompt ? prompt.GetString() : null);
        switch (fault.Submit)
        {
            case SubmitFault.GatewayErrorBefore:
                await AnswerAsGatewayAsync(context, SimulatorCallKind.Submit, null, 502, input);
                return;
            case SubmitFault.DropBefore:
                Drop(context, SimulatorCallKind.Submit, null, input);
                return;
            case var refusing when FalAnswer.OfSubmit(refusing) is { } refusal:
                await AnswerAsync(context, SimulatorCallKind.Submit, null, refusal.Status, refusal.Body, input);
                return;
        }

        var job = Take(input, context.Request.Query["fal_webhook"], fault);
        switch (fault.Submit)
        {
            case SubmitFault.GatewayErrorAfter:
                await AnswerAsGatewayAsync(context, SimulatorCallKind.Submit, job.Id, 504, input);
                break;
            case SubmitFault.DropAfter:
                Drop(context, SimulatorCallKind.Submit, job.Id, input);
                break;
            default:
                await AnswerAsync(context, SimulatorCallKind.Submit, job.Id, 200, SubmitAnswer(job), input);
                break;
        }
    }

    private FalJob Take(JsonElement input, string? webhook, SimulatorFault fault)
    {
        var job = new FalJob(NewRequestId(), input, Uri.TryCreate(webhook, UriKind.Absolute, out var url) ? url : null, fault);
        _jobs[job.Id] = job;
        _work[job.Id] = Task.Run(async () =>
        {
            await _runner.RunAsync(job, _stopping.Token);
            await _callbacks.SendAsync(job, _stopping.Token);
        });
        return job;
    }

    private JsonObject SubmitAnswer(FalJob job)
    {
        var queue = job.Fault.Submit == SubmitFault.ForeignUrls ? new Uri("https://queue.fal.run.example.com/") : Url;
        var request = new Uri(queue, $"{_options.App}/requests/{job.Id}").AbsoluteUri;
        var body = new JsonObject
        {
            ["status"] = "IN_QUEUE",
            ["request_id"] = job.Id,
            ["response_url"] = request,
            ["status_url"] = $"{request}/status",
            ["cancel_url"] = $"{request}/cancel",
            ["queue_position"] = 0,
        };
        if (job.Webhook is not null) body["gateway_request_id"] = job.Id;
        if (job.Fault.Submit == SubmitFault.NoRequestId) body.Remove("request_id");
        return body;
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Status) is not { } job) return;
        if (job.TakeStatusFailure())
        {
            await AnswerAsGatewayAsync(context, SimulatorCallKind.Status, job.Id, 503);
            return;
        }

        var status = job.Status;
        var body = new JsonObject
        {
            ["status"] = status,
            ["request_id"] = job.Id,
            ["response_url"] = new Uri(Url, $"{_options.App}/requests/{job.Id}").AbsoluteUri,
        };
        if (status == "IN_QUEUE") body["queue_position"] = _jobs.Values.Count(j => j.Status == "IN_QUEUE") - 1;
        if (context.Request.Query["logs"] == "1" && job.IsRunning)
        {
            body["logs"] = new JsonArray(new JsonObject { ["message"] = "Generating video", ["level"] = "INFO", ["source"] = "run" });
        }

        if (job.Answer is { } answer)
        {
            body["metrics"] = new JsonObject { ["inference_time"] = 42.5 };
            if (answer.IsFailure && !job.Fault.StatusHidesError)
            {
                body["error"] = $"Invalid status code: {answer.Status}";
                body["error_type"] = answer.ErrorType;
            }
        }

        await AnswerAsync(context, SimulatorCallKind.Status, job.Id, job.Answer is null ? 202 : 200, body);
    }

    private async Task ResultAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Result) is not { } job) return;
        if (job.Answer is not { } answer)
        {
            await AnswerAsync(context, SimulatorCallKind.Result, job.Id, 400, FalAnswer.Request(400, null, "Request is still in progress").Body);
        }
        else if (job.TakeResultFailure())
        {
            await AnswerAsGatewayAsync(context, SimulatorCallKind.Result, job.Id, 504);
        }
        else
        {
            await AnswerAsync(context, SimulatorCallKind.Result, job.Id, answer.Status, answer.Body);
        }
    }

    private async Task CancelAsync(HttpContext context)
    {
        if (await FindAsync(context, SimulatorCallKind.Cancel) is not { } job) return;
        if (job.Answer is not null)
        {
            await AnswerAsync(context, SimulatorCallKind.Cancel, job.Id, 400, new JsonObject { ["status"] = "ALREADY_COMPLETED" });
            return;
        }

        var wasRunning = job.IsRunning;
        job.IsRemoved = !wasRunning;
        await job.Cancelled.CancelAsync();
        var answer = new JsonObject { ["status"] = wasRunning ? "CANCELLATION_REQUESTED" : "OK" };
        await AnswerAsync(context, SimulatorCallKind.Cancel, job.Id, wasRunning ? 202 : 200, answer);
    }

    private async Task MediaAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var job = _jobs.GetValueOrDefault(id);
        var fault = job?.TakeMediaFault();
        if (job?.Clip is not { } clip || fault == MediaFault.Missing)
        {
            Record(context, SimulatorCallKind.Media, id, 404);
            context.Response.StatusCode = 404;
            return;
        }

        Record(context, SimulatorCallKind.Media, id, 200);
        if (fault == MediaFault.None)
        {
            await Results.File(clip, "video/mp4", enableRangeProcessing: true).ExecuteAsync(context);
        }
        else if (fault == MediaFault.Html)
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html><body>Please sign in.</body></html>", context.RequestAborted);
        }
        else
        {
            var length = new FileInfo(clip).Length;
            context.Response.ContentType = "video/mp4";
            context.Response.ContentLength = fault == MediaFault.WrongLength ? length : length / 2;
            await context.Response.SendFileAsync(clip, 0, length / 2, context.RequestAborted);
        }
    }

    /// <summary>The job of a call with the right key; otherwise answers the call and returns null.</summary>
    private async Task<FalJob?> FindAsync(HttpContext context, SimulatorCallKind kind)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (!HasKey(context))
        {
            await AnswerAsync(context, kind, id, 401, FalAnswer.OfSubmit(SubmitFault.Unauthorized)!.Body);
            return null;
        }

        if (_jobs.TryGetValue(id, out var job) && !job.IsRemoved) return job;
        await AnswerAsync(context, kind, id, 404, new JsonObject { ["status"] = "NOT_FOUND" });
        return null;
    }

    private static async Task<JsonElement?> ReadInputAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
