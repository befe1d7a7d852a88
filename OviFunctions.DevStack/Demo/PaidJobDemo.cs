using System.Text.Json;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.DevStack.Demo;

/// <summary>One paid job from the picture to the MP4, told as it happens.</summary>
/// <remarks>
/// 1. The order: quote, payment, acceptance, by the reference client. 2. The job's states until its end. 3. The video in
/// <c>out/</c>. 4. What there is to look at.
/// </remarks>
internal sealed class PaidJobDemo(DeveloperStack stack, Timeline timeline)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <exception cref="StackException">The job was not accepted or not delivered.</exception>
    public async Task RunAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        var order = stack.Chain is { } chain ? await PayAsync(gateway, chain, cancellationToken) : await PayWithKeyAsync(gateway, cancellationToken);

        using var reader = new JobReader(stack.Host.Time);
        var job = await timeline.StepAsync(
            () => reader.WaitForEndAsync(order, state => timeline.Note($"Job is {state}"), cancellationToken),
            ended => $"Job ended as {ended.GetProperty("status").GetString()}");
        if (job.GetProperty("status").GetString() != "succeeded") throw new StackException($"The job was not delivered: {job.GetRawText()}");

        var video = await timeline.StepAsync(
            () => reader.DownloadAsync(order, Path.Combine(RepositoryFolders.Root, "out"), cancellationToken),
            saved => $"Video saved: {saved.File}");
        timeline.Print($"""

            {JsonSerializer.Serialize(job, Indented)}

            {video.Bytes:#,0} bytes, SHA-256 {video.Sha256}
            """);
    }

    private async Task<Order> PayAsync(GatewayProcess gateway, Chain chain, CancellationToken cancellationToken)
    {
        var order = await timeline.StepAsync(
            () => Order.BuyAsync(stack, gateway.Url, cancellationToken),
            accepted => $"402 quote, paid by the reference x402 v2 client, 202: job {accepted.JobId}");
        if (order.Transaction is { } transaction) timeline.Note($"Settled on chain {chain.Network.Id}: transaction {transaction}");
        return order;
    }

    private Task<Order> PayWithKeyAsync(GatewayProcess gateway, CancellationToken cancellationToken) => timeline.StepAsync(
        () => Order.BuyWithKeyAsync(gateway.Url, GatewaySettings.ApiKey, cancellationToken),
        accepted => $"202 for an API key: job {accepted.JobId}");
}
