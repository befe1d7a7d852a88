using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Payments;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Providers;
using OviFunctions.Storage;

namespace OviFunctions.Composition;

/// <summary>
/// <c>check</c>: lists every setting and tries storage, chain, facilitators and provider keys. It spends nothing and
/// changes nothing.
/// </summary>
internal static class SettingsCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <returns>0 when all is well, 1 when something is not.</returns>
    public static async Task<int> RunAsync(IConfiguration configuration, TextWriter output, CancellationToken cancellationToken)
    {
        var (_, values, problems) = SettingsReader.Inspect<OviSettings>(configuration);
        await output.WriteLineAsync("Settings:");
        foreach (var value in values) await output.WriteLineAsync($"  {value.Key,-40} {value.Value}{(value.IsDefault ? "  (default)" : "")}");
        try
        {
            if (problems.Count > 0) throw new SettingsException(problems);
            var services = new ServiceCollection();
            services.AddLogging();
            services.AddOviFunctions(configuration);
            await using var provider = services.BuildServiceProvider();
            return await ProbeAsync(provider, output, cancellationToken) ? 0 : 1;
        }
        catch (SettingsException e)
        {
            await output.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <returns>Whether all is well.</returns>
    private static async Task<bool> ProbeAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("Peers:");
        var well = true;
        foreach (var (name, probe) in Probes(services))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            string? problem;
            try
            {
                problem = await probe(patience.Token);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                problem = InWords(e);
            }

            well &= problem is null;
            await output.WriteLineAsync($"  {name,-40} {problem ?? "ok"}");
        }

        return well;
    }

    // Not the exception's own text: it may hold a URL that is a secret.
    private static string InWords(Exception exception) => exception switch
    {
        OperationCanceledException => $"no answer within {Patience.TotalSeconds:0} s",
        RequestFailedException { Status: > 0 } refused => $"HTTP {refused.Status} {refused.ErrorCode}",
        _ when StorageOutage.Is(exception) => "the connection failed",
        _ => exception.GetType().Name,
    };

    private static IEnumerable<(string Name, Func<CancellationToken, Task<string?>> Probe)> Probes(IServiceProvider services)
    {
        var container = services.GetRequiredService<BlobContainerClient>();
        yield return ($"storage: {container.Uri.Host}/{container.Name}", async token =>
        {
            // A container that is not there yet is made at start; asking proves the credentials.
            await container.ExistsAsync(token);
            return null;
        });

        if (services.GetService<Till>() is { } till)
        {
            yield return ($"chain: {till.Network}", async token =>
                !(await services.GetRequiredService<IChainReader>().ChainIdAsync(token)).TryGet(out var id, out var failure) ? failure.Reason
                : id == till.Network.ChainId ? null : $"the node is on chain {id}; Payments:Network says {till.Network.ChainId}");
            foreach (var facilitator in services.GetRequiredService<FacilitatorPool>().All)
                yield return ($"facilitator: {facilitator.Name}", async token => InWords(await FacilitatorCheck.AskAsync(facilitator, till.Network, token)));
        }

        foreach (var account in services.GetServices<IVideoProvider>())
            yield return ($"provider: {account.Name}", account.CheckAsync);
    }

    private static string? InWords(FacilitatorStatus status) => status.State switch
    {
        FacilitatorState.Working => null,
        FacilitatorState.Misconfigured => $"misconfigured: {status.Reason}",
        _ => $"down: {status.Reason}",
    };
}
