using System.Globalization;
using System.Numerics;
using System.Text.Json;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Scenarios;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;

namespace OviFunctions.DevStack.Demo;

/// <summary>Tells on the timeline how a job goes: what its buyer reads, and the webhooks of both sides as they arrive.</summary>
internal sealed class Narrator : IAsyncDisposable
{
    private readonly Timeline _timeline;
    private readonly double? _hedgeDelay;
    private readonly HashSet<string> _told = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _listening;
    private string? _job;

    public Narrator(DeveloperStack stack, Timeline timeline)
    {
        _timeline = timeline;
        var accounts = stack.Endpoints.Providers;
        _hedgeDelay = stack.Endpoints.HedgeDelay?.TotalSeconds;
        _listening = Task.WhenAll(
            ListenAsync(stack.Fal.Callbacks, callback => Describe(accounts[0].Name, stack.Fal, callback)),
            ListenAsync(stack.SecondFal.Callbacks, callback => Describe(accounts[1].Name, stack.SecondFal, callback)),
            ListenAsync(stack.Receiver.Deliveries, Describe));
    }

    /// <summary>Tells one exchange of a purchase.</summary>
    public void Tell(BuyerExchange exchange) => _timeline.Note(
        exchange.Status switch
        {
            402 => $"POST {Order.JobsPath} with an image: 402, the quote is {QuoteOf(exchange.ResponseBody)}",
            202 => $"The same, paid by the reference x402 v2 client: 202, {exchange.ResponseBody.GetProperty("job").GetProperty("id").GetString()}",
            var other => $"POST {Order.JobsPath}: {other}",
        },
        exchange.Duration);

    /// <summary>Tells what is new in a job since it was read before.</summary>
    public void Tell(JsonElement job)
    {
        var state = job.GetProperty("status").GetString()!;
        TurnTo(job.GetProperty("id").GetString()!);
        if (job.TryGetProperty("payment", out var payment) && payment.TryGetProperty("transaction", out var transaction))
            Once($"Settled in USDC on {payment.GetProperty("network").GetString()}: transaction {transaction.GetString()}");
        if (!JobReader.IsEnd(state)) Once($"Job is {state}");

        var attempts = job.GetProperty("attempts").EnumerateArray().ToList();
        foreach (var (lane, attempt) in attempts.Index())
        {
            var hedged = attempts.Take(lane).Any(earlier => StateOf(earlier) != "failed");
            var why = lane == 0 ? "" : hedged ? $" as well: a hedge, because the lane before has taken {_hedgeDelay:0.#} s" : ", because the lane before failed";
            Once($"Lane {lane}: sent to {attempt.GetProperty("provider").GetString()}{why}", $"start {lane}");
            if (StateOf(attempt) == "failed") Once($"Lane {lane}: {EndOf(attempt)}"); // before the lane that it starts
        }

        foreach (var (lane, attempt) in attempts.Index().OrderBy(indexed => StateOf(indexed.Item) != "delivered"))
        {
            if (StateOf(attempt) != "running") Once($"Lane {lane}: {EndOf(attempt)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private static string QuoteOf(JsonElement challenge)
    {
        var offer = challenge.GetProperty("accepts")[0];
        var amount = BigInteger.Parse(offer.GetProperty("maxAmountRequired").GetString()!, CultureInfo.InvariantCulture);
        return $"{ScenarioRunner.InWords(amount)} on {offer.GetProperty("network").GetString()}";
    }

    private static string StateOf(JsonElement attempt) => attempt.GetProperty("state").GetString()!;

    private static string EndOf(JsonElement attempt) => StateOf(attempt) switch
    {
        "failed" => $"failed ({attempt.GetProperty("failure").GetString()})",
        "stopped" => "stopped, its video is not needed any more",
        var other => other,
    };

    // A provider also calls back for what it was told to stop; that is no news.
    private static string? Describe(string provider, FalSimulator fal, SimulatorCallback callback) =>
        fal.Calls.Entries.Any(call => call.Kind == SimulatorCallKind.Cancel && call.RequestId == callback.RequestId)
            ? null
            : $"Webhook from {provider}, answered {callback.Status?.ToString(CultureInfo.InvariantCulture) ?? "not at all"}: a hint, the gateway reads the result itself";

    // The first event may overtake the answer with the secret: then the buyer cannot check its signature yet.
    private static string Describe(ReceivedWebhook delivery) =>
        $"Webhook to the buyer: {JsonElement.Parse(delivery.Body.Span).GetProperty("type").GetString()}{(delivery.IsValid ? ", its signature is right" : "")}";

    private async Task ListenAsync<T>(CallLog<T> log, Func<T, string?> describe)
    {
        await foreach (var entry in log.FollowAsync(_ending.Token))
        {
            if (describe(entry) is { } text) _timeline.Note(text);
        }
    }

    /// <summary>Of another job, everything is news.</summary>
    private void TurnTo(string job)
    {
        if (_job != job) _told.Clear();
        _job = job;
    }

    private void Once(string text, string? key = null)
    {
        if (_told.Add(key ?? text)) _timeline.Note(text);
    }
}
