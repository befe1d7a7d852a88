using System.Globalization;
using Microsoft.Extensions.Logging;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;
using Polly;
using Polly.CircuitBreaker;

namespace OviFunctions.Payments.Facilitators;

/// <summary>
/// A facilitator that is left alone for a while when it does not answer, and for as long as it says that it does not support what we
/// need, so that buyers do not wait for it. A payment that it calls invalid or does not want to settle is an answer, and so is one on
/// which it breaks: or strangers could have it left alone by what they send.
/// </summary>
public sealed partial class CircuitFacilitator : IFacilitator
{
    /// <summary>How long it is left alone; the next call after that is a trial.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(30);

    private readonly IFacilitator _facilitator;
    private readonly EvmNetwork? _network;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _circuit;
    private readonly ILogger<CircuitFacilitator> _logger;
    private DateTimeOffset? _leftAloneUntil;
    private volatile string? _misfit;

    /// <param name="facilitator">The facilitator.</param>
    /// <param name="network">The network of our payments; null when none are taken.</param>
    /// <param name="time">For the breaker's window.</param>
    /// <param name="logger">Is told when it is left alone and when it works again.</param>
    public CircuitFacilitator(IFacilitator facilitator, EvmNetwork? network, TimeProvider time, ILogger<CircuitFacilitator> logger)
    {
        (_facilitator, _network, _time, _logger) = (facilitator, network, time, logger);
        _circuit = new ResiliencePipelineBuilder { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.8,
            MinimumThroughput = 3,
            SamplingDuration = TimeSpan.FromMinutes(2),
            BreakDuration = Break,
            ShouldHandle = call => ValueTask.FromResult(
                call.Outcome.Result is VerifyOutcome.Unreachable { Answered: false } or SettleOutcome.Unknown { Answered: false }),
            OnOpened = _ =>
            {
                LeaveAloneUntil(time.GetUtcNow() + Break);
                LeftAlone(_logger, Name, Break.TotalSeconds);
                return ValueTask.CompletedTask;
            },
            OnClosed = _ =>
            {
                LeaveAloneUntil(null);
                WorksAgain(_logger, Name);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    /// <inheritdoc/>
    public string Name => _facilitator.Name;

    /// <inheritdoc/>
    public X402Version Version => _facilitator.Version;

    /// <inheritdoc/>
    public FacilitatorStatus? Ailment
    {
        get
        {
            lock (_circuit)
            {
                // Not the breaker's own state: that stays open until somebody asks.
                if (_leftAloneUntil is { } until && _time.GetUtcNow() < until)
                    return new(Name, FacilitatorState.Down, string.Create(CultureInfo.InvariantCulture, $"it does not answer; it is asked again at {until:HH:mm:ss} UTC"));
                return _misfit is { } misfit ? new(Name, FacilitatorState.Misconfigured, misfit) : null;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<VerifyOutcome> VerifyAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        try
        {
            return await _circuit.ExecuteAsync(
                async token => await _facilitator.VerifyAsync(authorization, requirement, resource, token), cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return new VerifyOutcome.Unreachable("it is left alone, because it did not answer");
        }
    }

    /// <inheritdoc/>
    public async Task<SettleOutcome> SettleAsync(
        SignedAuthorization authorization, PaymentRequirement requirement, PaidResource? resource, CancellationToken cancellationToken)
    {
        try
        {
            return await _circuit.ExecuteAsync(
                async token => await _facilitator.SettleAsync(authorization, requirement, resource, token), cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return new SettleOutcome.Unknown("it is left alone, because it did not answer");
        }
    }

    /// <summary>Asks what it supports, whatever became of it, and takes note when it does not support what we need.</summary>
    public async Task<SupportedOutcome> SupportedAsync(CancellationToken cancellationToken)
    {
        var outcome = await _facilitator.SupportedAsync(cancellationToken);
        // No answer says nothing: some facilitators settle and have no such list.
        if (outcome is SupportedOutcome.Supported supported && _network is { } network)
            _misfit = supported.Takes(network, Version) ? null : FacilitatorCheck.Misfit(supported, network, Version);
        return outcome;
    }

    private void LeaveAloneUntil(DateTimeOffset? until)
    {
        lock (_circuit) _leftAloneUntil = until;
    }

    [LoggerMessage(2401, LogLevel.Error, "Facilitator {Facilitator} does not answer and is left alone for {Seconds} s; the others are asked.")]
    private static partial void LeftAlone(ILogger logger, string facilitator, double seconds);

    [LoggerMessage(2402, LogLevel.Warning, "Facilitator {Facilitator} answers again.")]
    private static partial void WorksAgain(ILogger logger, string facilitator);
}
