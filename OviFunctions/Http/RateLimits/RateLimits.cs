using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Http.RateLimits;

/// <summary>
/// How many orders, quotes and sign-ins a minute. In each process by itself: it only spares us work. What guards money (unsettled payments, budgets,
/// refunds) is counted for all machines.
/// </summary>
public sealed partial class RateLimits(OviSettings settings, TimeProvider clock, ILogger<RateLimits> logger)
{
    private int _warned;

    internal FixedWindow Addresses { get; } = new("ip", settings.Limits.RequestsPerMinutePerAddress, clock);

    internal FixedWindow Payers { get; } = new("payer", settings.Limits.OrdersPerMinutePerPayer, clock);

    internal FixedWindow ApiKeys { get; } = new("key", settings.Limits.OrdersPerMinutePerApiKey, clock);

    /// <summary>What a request may still take.</summary>
    public RequestQuota Of(HttpContext context)
    {
        var trusted = settings.Limits.TrustedProxies;
        if (trusted == 0 && context.Request.Headers.ContainsKey(ClientAddress.Forwarded) && Interlocked.Exchange(ref _warned, 1) == 0) ProxyNotTrusted(logger);
        return new RequestQuota(this, ClientAddress.Of(context, trusted));
    }

    [LoggerMessage(1102, LogLevel.Warning,
        "A request came with X-Forwarded-For, which is ignored while Limits:TrustedProxies is 0. If it came over a proxy of yours, all buyers count as one address.")]
    private static partial void ProxyNotTrusted(ILogger logger);
}

/// <summary>
/// What one request takes of the limits. It is for whoever handles the request to say which: a request that finds its
/// job takes nothing, so that a buyer can always ask again for what he has paid.
/// </summary>
public sealed class RequestQuota
{
    private readonly RateLimits _limits;
    private readonly string _address;
    private readonly List<RateState> _taken = [];

    internal RequestQuota(RateLimits limits, string address) => (_limits, _address) = (limits, address);

    /// <summary>Counts a request whose sender is not proven, by its address.</summary>
    /// <returns>The answer to one too many; null when it may go on.</returns>
    public Problem? TakeAddress() => Take(_limits.Addresses, _address);

    /// <summary>Counts an order of a wallet that is proven to be its payer's: nobody may use up another's limit.</summary>
    /// <inheritdoc cref="TakeAddress"/>
    public Problem? TakePayer(EvmAddress payer) => Take(_limits.Payers, payer.ToString());

    /// <summary>Counts an order of an API key.</summary>
    /// <inheritdoc cref="TakeAddress"/>
    public Problem? TakeApiKey(string keyId) => Take(_limits.ApiKeys, keyId) is { } busy ? busy with { PaymentState = null } : null;

    /// <summary>Says in the answer's headers what is left (draft-ietf-httpapi-ratelimit-headers-10).</summary>
    public void WriteTo(HttpResponse response)
    {
        if (_taken.Count == 0) return;
        response.Headers["RateLimit-Policy"] = string.Join(", ", _taken.Select(s => string.Create(
            CultureInfo.InvariantCulture, $"\"{s.Policy}\";q={s.Quota};w={FixedWindow.Seconds}")));
        response.Headers["RateLimit"] = string.Join(", ", _taken.Select(s => string.Create(
            CultureInfo.InvariantCulture, $"\"{s.Policy}\";r={s.Remaining};t={s.ResetSeconds}")));
    }

    private Problem? Take(FixedWindow window, string key)
    {
        var state = window.Take(key);
        _taken.Add(state);
        return !state.IsExceeded ? null : new Problem(429, "rate_limited", "Too many requests.",
            $"At most {state.Quota} orders, quotes and sign-ins a minute are answered. Nothing was charged; wait and send the identical request again.")
        {
            RetryAction = RetryAction.WaitAndRetry, PaymentState = PaymentState.Unused, RetryAfterSeconds = state.ResetSeconds,
        };
    }
}
