using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OviFunctions.Webhooks;

namespace OviFunctions.Secrets;

/// <summary>The tokens and links of a job: who holds one may do exactly what it is for, without an account.</summary>
public sealed class JobSecrets(KeyRing ring)
{
    /// <summary>The token that reads and cancels a job: <c>ovt_{key id}_{mac}</c>.</summary>
    public string JobToken(string keyId, string jobId)
    {
        var key = Usable(keyId);
        return $"ovt_{key}_{ring.Token(key, KeyPurpose.Access, "job", jobId)}";
    }

    /// <summary>Whether this is the job's token, under any key of the ring.</summary>
    public bool IsJobToken(string token, string jobId) =>
        token.Split('_', 3) is ["ovt", var keyId, var mac] && ring.Verify(mac, keyId, KeyPurpose.Access, "job", jobId);

    /// <summary>The secret that signs a job's webhooks.</summary>
    /// <param name="keyId">The server key.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="generation">How often it was replaced.</param>
    /// <exception cref="KeyNotFoundException">The key is not in the ring any more; another one would make another secret.</exception>
    public WebhookSecret WebhookSecret(string keyId, string jobId, int generation = 0) =>
        Webhooks.WebhookSecret.FromBytes(generation == 0
            ? ring.Mac(keyId, KeyPurpose.Webhook, jobId)
            : ring.Mac(keyId, KeyPurpose.Webhook, jobId, Number(generation)));

    /// <summary>The query of a link that opens one object of a job until a moment: <c>e</c> (unix seconds), <c>k</c> (key id), <c>s</c> (mac).</summary>
    public string LinkQuery(string keyId, string jobId, string what, DateTimeOffset expiresAt)
    {
        var key = Usable(keyId);
        var expires = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"?e={expires}&k={key}&s={ring.Token(key, KeyPurpose.Access, "link", jobId, what, expires)}";
    }

    /// <summary>Whether the query opens this object now.</summary>
    public bool IsLink(string? expires, string? keyId, string? mac, string jobId, string what, DateTimeOffset now) =>
        expires is not null && keyId is not null && mac is not null
        && long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && now.ToUnixTimeSeconds() < seconds
        && ring.Verify(mac, keyId, KeyPurpose.Access, "link", jobId, what, expires);

    /// <summary>The token in a callback URL; it names the attempt and binds it to the provider, who sees it.</summary>
    public string CallbackToken(string keyId, string provider, CallbackAddress address)
    {
        var key = Usable(keyId);
        var mac = ring.Token(key, KeyPurpose.Callback, provider, address.JobId, Number(address.Lane), Number(address.Submit));
        return $"{address.JobId}.{address.Lane}.{address.Submit}.{key}.{mac}";
    }

    /// <summary>Reads a callback token; false for one that we did not make for this provider.</summary>
    public bool TryReadCallbackToken(string token, string provider, [NotNullWhen(true)] out CallbackAddress? address)
    {
        address = null;
        if (token.Split('.') is not [var jobId, var lane, var submit, var keyId, var mac]) return false;
        if (!int.TryParse(lane, NumberStyles.None, CultureInfo.InvariantCulture, out var laneNumber)
            || !int.TryParse(submit, NumberStyles.None, CultureInfo.InvariantCulture, out var submitNumber)
            || !ring.Verify(mac, keyId, KeyPurpose.Callback, provider, jobId, lane, submit)) return false;
        address = new CallbackAddress(jobId, laneNumber, submitNumber);
        return true;
    }

    /// <summary>Tokens name their key, so that a job whose key was removed can be shown with ones of the current key.</summary>
    private string Usable(string keyId) => ring.Knows(keyId) ? keyId : ring.CurrentKeyId;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Which submit a callback is about.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Lane">The job's lane, from 0.</param>
/// <param name="Submit">The submit in that lane, 1 or 2.</param>
public sealed record CallbackAddress(string JobId, int Lane, int Submit);
