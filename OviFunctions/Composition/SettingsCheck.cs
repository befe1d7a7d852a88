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
        if (problems.Count > 0)
        {
            await output.WriteLineAsync(new SettingsException(problems).Message);
            return 1;
        }

        var services = new ServiceCollection();
        services.AddLogging();
        try
        {
            services.AddOviFunctions(configuration);
        }
        catch (SettingsException e)
        {
            await output.WriteLineAsync(e.Message);
            return 1;
        }

        await using var provider = services.BuildServiceProvider();
        await output.WriteLineAsync("Peers:");
        var failed = false;
        foreach (var (name, probe) in Probes(provider))
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
                problem = e switch
                {
                    OperationCanceledException => $"no answer within {Patience.TotalSeconds:0} s",
                    RequestFailedException { ErrorCode: { } code } => code,
                    _ when StorageOutage.Is(e) => "no answer",
                    _ => e.GetType().Name,
                };
            }

            failed |= problem is not null;
            await output.WriteLineAsync($"  {name,-40} {problem ?? "ok"}");
        }

        return failed ? 1 : 0;
    }

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
                yield return ($"facilitator: {facilitator.Name}", token => SupportsAsync(facilitator, till, token));
        }

        foreach (var account in services.GetServices<IVideoProvider>())
            yield return ($"provider: {account.Name}", account.CheckAsync);
    }

    private static async Task<string?> SupportsAsync(IFacilitator facilitator, Till till, CancellationToken cancellationToken) =>
        await facilitator.SupportedAsync(cancellationToken) switch
        {
            SupportedOutcome.Supported supported => supported.Takes(till.Network) ? null : $"it does not settle exact payments on {till.Network}",
            SupportedOutcome.Unreachable unreachable => unreachable.Reason,
            var unknown => throw new InvalidOperationException($"{unknown.GetType().Name} is not an answer."),
        };
}
