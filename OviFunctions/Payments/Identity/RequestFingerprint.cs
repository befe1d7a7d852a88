using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OviFunctions.Payments.Identity;

/// <summary>
/// What a payment is bound to: method, route and body, whatever the body's key order, white space and escapes. The
/// rule's version stands in front, so that a later release can change it.
/// </summary>
public static class RequestFingerprint
{
    /// <summary>Computes <c>v1:</c> and SHA-256 in hex.</summary>
    /// <param name="method">Upper case, for example <c>POST</c>.</param>
    /// <param name="routeTemplate">For example <c>/v1/videos/ovi/image-to-video/jobs</c>.</param>
    /// <param name="body">The JSON body as it arrived, before defaults and aliases.</param>
    /// <param name="fingerprint">The result.</param>
    /// <param name="problem">Completes the sentence "the body ..." when it has no canonical form.</param>
    public static bool TryCompute(
        string method,
        string routeTemplate,
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out string? fingerprint,
        [NotNullWhen(false)] out string? problem)
    {
        using var writer = new HashWriter();
        writer.Write(Encoding.UTF8.GetBytes($"{method}\n{routeTemplate}\n"));
        var ok = CanonicalJson.TryWrite(body, writer, out problem);
        fingerprint = ok ? "v1:" + Convert.ToHexStringLower(writer.GetHash()) : null;
        return ok;
    }
}
