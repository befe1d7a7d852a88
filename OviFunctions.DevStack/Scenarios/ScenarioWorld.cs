using System.Text.Json;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Demo;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>
/// The stack, and what a scenario adds to it: gateways and fault proxies. Ends what was added, newest first. Tells on the
/// timeline what is done and what comes of it.
/// </summary>
internal sealed class ScenarioWorld(DeveloperStack stack, Timeline timeline) : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _added = new();
    private readonly Narrator _narrator = new(stack, timeline);

    public DeveloperStack Stack => stack;

    public Timeline Timeline => timeline;

    /// <summary>A fault proxy in front of a part.</summary>
    public async Task<FaultProxy> ProxyAsync(Uri peer)
    {
        var proxy = await FaultProxy.StartAsync(peer, stack.Host.Time);
        _added.Push(proxy);
        return proxy;
    }

    /// <summary>The gateway, on this stack or with some endpoints replaced.</summary>
    public async Task<GatewayProcess> StartGatewayAsync(StackEndpoints endpoints, CancellationToken cancellationToken)
    {
        var gateway = await timeline.StepAsync(
            () => stack.StartGatewayAsync(new GatewayOptions(endpoints), cancellationToken), started => $"Gateway on {started.Url}");
        _added.Push(gateway);
        return gateway;
    }

    /// <summary>Buys the demo's job with the reference v2 client.</summary>
    public async Task<Order> BuyAsync(GatewayProcess gateway, CancellationToken cancellationToken) =>
        Expect(await Order.BuyAsync(stack, gateway.Url, _narrator.Tell, cancellationToken));

    /// <summary>Signs the payment of the demo's job and keeps it.</summary>
    public Task<PaidRequest> SignAsync(GatewayProcess gateway, CancellationToken cancellationToken) =>
        PaidRequest.SignAsync(stack, gateway.Url, _narrator.Tell, cancellationToken);

    /// <summary>Sends a request that was paid before.</summary>
    public async Task<Order> SendAsync(PaidRequest request, GatewayProcess gateway, CancellationToken cancellationToken) =>
        Expect(await timeline.StepAsync(
            () => request.SendAsync(gateway.Url, cancellationToken), order => $"The paid request is sent: 202, {order.JobId}"));

    /// <summary>Waits until the job has ended.</summary>
    /// <exception cref="StackException">It ended otherwise than <paramref name="expected"/>.</exception>
    public async Task<JsonElement> WaitForEndAsync(Order order, string expected, CancellationToken cancellationToken)
    {
        using var reader = new JobReader(stack.Host.Time);
        var job = await timeline.StepAsync(
            () => reader.WaitForEndAsync(order, _narrator.Tell, cancellationToken), ended => $"Job {ended.GetProperty("status").GetString()}");
        var state = job.GetProperty("status").GetString();
        return state == expected ? job : throw new StackException($"The job ended as {state} instead of {expected}: {job.GetRawText()}");
    }

    /// <summary>Waits until the money of a job that failed is back.</summary>
    public Task<JsonElement> WaitForRefundAsync(Order order, CancellationToken cancellationToken) => timeline.StepAsync(
        async () =>
        {
            using var reader = new JobReader(stack.Host.Time);
            return await reader.WaitForRefundAsync(order, _narrator.Tell, cancellationToken);
        },
        job => $"Refunded: transaction {job.GetProperty("refund").GetProperty("transaction").GetString()}");

    public async ValueTask DisposeAsync()
    {
        while (_added.TryPop(out var part)) await part.DisposeAsync();
        await _narrator.DisposeAsync();
    }

    private Order Expect(Order order)
    {
        if (order.WebhookSecret is { } secret) stack.Receiver.AddSecret(secret);
        return order;
    }
}
