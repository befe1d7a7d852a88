using System.Diagnostics;
using System.Diagnostics.Metrics;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;

namespace OviFunctions.Providers.Health;

/// <summary>What the operator's metrics show of the providers, in the meter <c>OviFunctions</c>.</summary>
public sealed class ProviderMetrics : IDisposable
{
    public const string MeterName = "OviFunctions";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _seconds;

    public ProviderMetrics(OviSettings settings, ProviderStates states)
    {
        _attempts = _meter.CreateCounter<long>("ovi.provider.attempts", "{attempt}", "Attempts at a provider that ended, by how.");
        _seconds = _meter.CreateHistogram<double>("ovi.provider.attempt.duration", "s", "From the submit to the stored video.");
        _meter.CreateObservableGauge(
            "ovi.provider.in_rotation",
            () => settings.Providers.Select(account => new Measurement<int>(
                states.LastSeen(account.Name).OutFor is null ? 1 : 0, new KeyValuePair<string, object?>("provider", account.Name))),
            "{account}", "Whether the account gets jobs, as this machine saw it last: 1, or 0.");
    }

    /// <summary>Counts an attempt that ended.</summary>
    public void Count(EndAttemptInput input)
    {
        var tags = new TagList { { "provider", input.Provider }, { "model", input.Model } };
        if (input.State == AttemptState.Delivered) _seconds.Record(input.Seconds, tags);
        tags.Add("outcome", input.Failure is { } failure ? Codes.Of(failure.Class) : Codes.Of(input.State));
        _attempts.Add(1, tags);
    }

    /// <summary>Whether an instrument is one of these, and not of the same name in another host of the process.</summary>
    public bool Owns(Instrument instrument) => instrument.Meter == _meter;

    public void Dispose() => _meter.Dispose();
}
