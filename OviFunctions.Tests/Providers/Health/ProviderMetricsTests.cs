using System.Diagnostics.Metrics;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Health;

public sealed class ProviderMetricsTests
{
    [Fact]
    public async Task Meter_Attempts_AreCountedByOutcomeAndTheRotationIsShown()
    {
        var machine = new HealthMachine(new MemoryRecordStore(), new ManualTimeProvider());
        var seen = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, it) => { if (machine.Metrics.Owns(instrument)) it.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        await machine.EndAsync("a", seconds: 42);
        await machine.EndAsync("b", AttemptState.Failed, new ProviderFailure(FailureClass.BadResult, null, "No video."));
        listener.RecordObservableInstruments();
        await machine.FailForCreditsAsync("c");
        listener.RecordObservableInstruments();

        Assert.Equal(
            [
                "ovi.provider.attempt.duration 42 provider=fal model=ovi/image-to-video",
                "ovi.provider.attempts 1 provider=fal model=ovi/image-to-video outcome=delivered",
                "ovi.provider.attempts 1 provider=fal model=ovi/image-to-video outcome=bad_result",
                "ovi.provider.in_rotation 1 provider=fal",
                "ovi.provider.attempts 1 provider=fal model=ovi/image-to-video outcome=provider_credits",
                "ovi.provider.in_rotation 0 provider=fal",
            ], seen);

        void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            seen.Add($"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}");
    }
}
