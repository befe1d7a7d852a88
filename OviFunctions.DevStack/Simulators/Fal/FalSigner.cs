using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>fal's signing key: Ed25519, published as a JWK set, able to be rotated.</summary>
internal sealed class FalSigner
{
    private volatile byte[] _secret = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);

    public void Rotate() => _secret = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);

    public JsonObject Keys()
    {
        var key = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(_secret, 0, key, 0);
        var jwk = new JsonObject { ["kty"] = "OKP", ["crv"] = "Ed25519", ["use"] = "sig", ["x"] = Base64Url.EncodeToString(key) };
        return new JsonObject { ["keys"] = new JsonArray(jwk) };
    }

    /// <summary>Adds the four headers to a webhook; with a key that is not published when <paramref name="forged"/>.</summary>
    public void Sign(HttpRequestHeaders headers, string requestId, string userId, byte[] body, bool forged)
    {
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var message = Encoding.UTF8.GetBytes($"{requestId}\n{userId}\n{timestamp}\n{Convert.ToHexStringLower(SHA256.HashData(body))}");
        var secret = forged ? RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize) : _secret;
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(secret, 0, message, 0, message.Length, signature, 0);
        headers.Add("X-Fal-Webhook-Request-Id", requestId);
        headers.Add("X-Fal-Webhook-User-Id", userId);
        headers.Add("X-Fal-Webhook-Timestamp", timestamp);
        headers.Add("X-Fal-Webhook-Signature", Convert.ToHexStringLower(signature));
    }
}
