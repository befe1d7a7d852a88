using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OviFunctions.Activities;
using OviFunctions.Configuration;

namespace OviFunctions.Providers.Health;

/// <summary>Which accounts get jobs, for all machines; tells the operator when one goes out or comes back.</summary>
public sealed partial class ProviderRotation(
    ProviderStates states, ProviderMetrics metrics, OviSettings settings, TimeProvider clock, ILogger<ProviderRotation> logger)
{
    /// <summary>Counts how an attempt ended, and takes the account out when it says so.</summary>
    public async Task RecordAsync(EndAttemptInput input, CancellationToken cancellationToken)
    {
        metrics.Count(input);
        var fingerprint = FingerprintOf(input.Provider);
        var wentOut = await states.UpdateAsync(
            input.Provider, standing => AttemptEnds.Record(standing, input, fingerprint, clock.GetUtcNow()), cancellationToken);
        if (!wentOut) return;
        if (input.Failure!.IsModelGone) ModelLeft(logger, input.Provider, input.Model, input.Failure.Message);
        else AccountLeft(logger, input.Provider, input.Failure.Message);
    }

    /// <summary>The operator's decision to send no jobs there.</summary>
    public async Task PauseAsync(string provider, string reason, CancellationToken cancellationToken)
    {
        if (await ChangeAsync(provider, state => Rotation.Pause(state, reason, clock.GetUtcNow()), cancellationToken)) Paused(logger, provider, reason);
    }

    /// <summary>The operator's decision to send jobs there again.</summary>
    public async Task ResumeAsync(string provider, CancellationToken cancellationToken)
    {
        if (await ChangeAsync(provider, state => Rotation.Resume(state, clock.GetUtcNow()), cancellationToken)) CameBack(logger, provider, "the operator says so");
    }

    /// <summary>Tries the key of an account that is out, when it is time to, and models that are gone when the settings are others.</summary>
    public async Task CheckAsync(IVideoProvider provider, CancellationToken cancellationToken)
    {
        var state = await states.ReadAsync(provider.Name, cancellationToken);
        var fingerprint = FingerprintOf(provider.Name);
        if (state.OutModels.Any(gone => gone.Settings != fingerprint)
            && await ChangeAsync(provider.Name, standing => Rotation.Reconfigured(standing, fingerprint, clock.GetUtcNow()), cancellationToken))
        {
            CameBack(logger, provider.Name, "its settings have changed");
        }

        if (!(state.NextCheck <= clock.GetUtcNow())) return;
        var problem = await provider.CheckAsync(cancellationToken);
        var changed = await ChangeAsync(
            provider.Name,
            // The operator may have decided since.
            standing => standing.NextCheck != state.NextCheck ? standing
                : problem is null ? Rotation.ComeBack(standing, clock.GetUtcNow()) : Rotation.StayOut(standing, clock.GetUtcNow()),
            cancellationToken);
        if (!changed) return;
        if (problem is null) CameBack(logger, provider.Name, "its key is taken");
        else IsStillOut(logger, provider.Name, problem);
    }

    /// <returns>Whether the state is another one now.</returns>
    private Task<bool> ChangeAsync(string provider, Func<ProviderState, ProviderState> change, CancellationToken cancellationToken) => states.UpdateAsync(
        provider, standing => change(standing) is var changed && ReferenceEquals(changed, standing) ? (standing, false) : (changed, true), cancellationToken);

    /// <summary>Tells whether an account's settings are those of another time; they cannot be read out of it.</summary>
    private string FingerprintOf(string provider) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(settings.Providers.Find(account => account.Name == provider))).AsSpan(0, 8));

    [LoggerMessage(2621, LogLevel.Critical,
        "Provider {Provider} gets no jobs any more: {Reason} Its key is tried from time to time; the operator can bring it back at once.")]
    private static partial void AccountLeft(ILogger logger, string provider, string reason);

    [LoggerMessage(2622, LogLevel.Critical,
        "Provider {Provider} gets no jobs of {Model} any more: {Reason} That ends when the operator resumes it or its settings change.")]
    private static partial void ModelLeft(ILogger logger, string provider, string model, string reason);

    [LoggerMessage(2623, LogLevel.Warning, "Provider {Provider} gets no jobs until the operator resumes it: {Reason}")]
    private static partial void Paused(ILogger logger, string provider, string reason);

    [LoggerMessage(2624, LogLevel.Warning, "Provider {Provider} gets jobs again: {Reason}.")]
    private static partial void CameBack(ILogger logger, string provider, string reason);

    [LoggerMessage(2625, LogLevel.Warning, "Provider {Provider} was tried and gets no jobs still: {Problem}.")]
    private static partial void IsStillOut(ILogger logger, string provider, string problem);
}
