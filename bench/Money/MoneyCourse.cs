using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using OviFunctions.DevStack.Demo;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.X402;

namespace OviFunctions.Bench.Money;

/// <summary>How an order ends.</summary>
internal enum MoneyEnd
{
    /// <summary>Paid, and there is the video.</summary>
    Delivered,

    /// <summary>Paid, and paid back.</summary>
    Refunded,

    /// <summary>Not paid, and the buyer was told so.</summary>
    Unpaid,
}

/// <summary>How a case went.</summary>
/// <param name="Said">The gateway's last word.</param>
/// <param name="Hits">How often it went wrong.</param>
internal sealed record MoneyResult(MoneyCase Case, MoneyOrder Order, MoneyEnd End, string Said, int Hits, TimeSpan Took)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Took.TotalSeconds,5:0.0} s, {Hits} times: order {Order.Number} ({Case}) {End.ToString().ToLowerInvariant()}");
}

/// <summary>One order, from its payment to its end, by a buyer who does what he is told: he repeats, waits, or takes a no for a no.</summary>
internal sealed class MoneyCourse(MoneyWorld world, MoneyCase it, int number, Dice dice)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(100);

    // 64 x 32.
    private const string Picture =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAACXBIWXMAAAABAAAAAQBPJcTWAAAAOElEQVR42u3PQQ0AMAgEsGP+ZaCToGFPktZBazqnvURAQEBAQEBAQEBAQEBAQEBAQEBAQEBA4M8CgJAB4tb92H8AAAAASUVORK5CYII=";

    private string _last = "nothing";

    /// <exception cref="MoneyException">It has no end, or one that is not true.</exception>
    public async Task<MoneyResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = world.Time.GetTimestamp();
        var wallet = Wallet.Create();
        await world.Stack.Chain!.Rpc.MintAsync(wallet.Address, MoneyOrder.Price, cancellationToken);
        var order = MoneyOrder.Sign(number, wallet, world.Peers.PayTo, world.Time.GetUtcNow());
        if (it.Operation == Operation.Refund) world.Fal.Faults.ForPrompt(order.Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        using var faults = new MoneyFaults(it, order, world.Peers, dice);
        try
        {
            using var limit = new CancellationTokenSource(Longest, world.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var (end, said) = await BuyAsync(order, either.Token);
            return new MoneyResult(it, order, end, said, faults.Hits, world.Time.GetElapsedTime(started));
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw new MoneyException($"{this} has no end after {Longest.TotalSeconds} s; it went wrong {faults.Hits} times. Last: {_last}", e);
        }
    }

    public override string ToString() => $"Order {number} ({it})";

    private async Task<(MoneyEnd, string)> BuyAsync(MoneyOrder order, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["prompt"] = order.Prompt, ["image_url"] = Picture, ["seed"] = 7 }.ToJsonString();
        while (true)
        {
            using var content = new StringContent(body, mediaType: new MediaTypeHeaderValue("application/json"));
            using var request = new HttpRequestMessage(HttpMethod.Post, Order.JobsPath) { Content = content };
            request.Headers.Add(X402Headers.PaymentV2, order.PaymentHeader);
            var answer = await SendAsync(request, cancellationToken);
            if (answer.Status == 202) return await FollowAsync(answer, cancellationToken);
            switch (answer.Text("retry_action"))
            {
                case "retry_same_payment" or "wait_and_retry":
                    await Task.Delay(TimeSpan.FromSeconds(0.5), world.Time, cancellationToken);
                    break;
                case "resign" when answer.Text("payment_state") == "unused":
                    return (MoneyEnd.Unpaid, answer.ToString());
                default:
                    throw new MoneyException($"{this} was told neither that it is paid nor that it is not: {answer}");
            }
        }
    }

    private async Task<(MoneyEnd, string)> FollowAsync(Said ordered, CancellationToken cancellationToken)
    {
        var path = $"/v1/videos/jobs/{ordered.Text("job", "id")}";
        var token = ordered.Text("job_token");
        while (true)
        {
            var answer = await GetAsync(path);
            switch (answer.Text("job", "status"), answer.Text("job", "payment", "state"))
            {
                case ("succeeded", "settled"):
                    var video = await GetAsync(path + "/content");
                    return video.Status == 200 ? (MoneyEnd.Delivered, answer.ToString()) : throw new MoneyException($"{this} has no video: {video}");
                case ("failed" or "canceled", "refunded"):
                    return (MoneyEnd.Refunded, answer.ToString());
                case ("failed" or "canceled", "unused"):
                    return (MoneyEnd.Unpaid, answer.ToString());
                default:
                    await Task.Delay(TimeSpan.FromSeconds(0.5), world.Time, cancellationToken);
                    break;
            }
        }

        async Task<Said> GetAsync(string url)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("Prefer", "wait=5");
            return await SendAsync(request, cancellationToken);
        }
    }

    private async Task<Said> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await world.Http.SendAsync(request, cancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        var said = new Said((int)response.StatusCode, isJson ? await response.Content.ReadAsStringAsync(cancellationToken) : null);
        _last = said.ToString();
        return said;
    }

    /// <summary>An answer of the gateway.</summary>
    private sealed record Said(int Status, string? Json)
    {
        public string? Text(params string[] path)
        {
            if (Json is null) return null;
            var element = JsonElement.Parse(Json);
            foreach (var name in path)
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
            }

            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }

        public override string ToString() => $"{Status} {Json}";
    }
}

/// <summary>Money went where it should not.</summary>
internal sealed class MoneyException(string message, Exception? inner = null) : Exception(message, inner);
