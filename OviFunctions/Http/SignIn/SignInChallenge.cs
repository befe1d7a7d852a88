using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.Http.SignIn;

/// <summary>
/// A 401 that says how to sign in: the server's half of x402's extension <c>sign-in-with-x</c> beside the problem, in the place
/// that it has in a 402. Nothing is kept of the nonce: it is random, and counts as used when a sign-in with it was taken.
/// </summary>
/// <param name="wallets">Null where wallets cannot sign in.</param>
/// <param name="clock">For <c>issuedAt</c>.</param>
public sealed class SignInChallenge(WalletSignIn? wallets, TimeProvider clock)
{
    private const string Statement = "Sign in to see the videos that this wallet has bought.";

    private static readonly string[] Required = ["domain", "address", "uri", "version", "chainId", "type", "nonce", "issuedAt", "signature"];

    public IResult Refuse(HttpRequest request, Problem problem)
    {
        if (problem.Status != 401) return problem.ToResult();
        var response = request.HttpContext.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.WWWAuthenticate = wallets is null ? "Bearer" : "Bearer, SIWX";
        var body = JsonSerializer.SerializeToNode(problem, ApiJson.Options)!.AsObject();
        if (wallets is not null) body["extensions"] = new JsonObject { ["sign-in-with-x"] = Extension(wallets, request.Path.ToUriComponent()) };
        return Results.Text(body.ToJsonString(), "application/problem+json", statusCode: problem.Status);
    }

    private JsonObject Extension(WalletSignIn offered, string path)
    {
        var now = clock.GetUtcNow();
        var uri = offered.Origin + path;
        return new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["domain"] = offered.Domain,
                ["uri"] = uri,
                ["version"] = "1",
                ["nonce"] = RandomNumberGenerator.GetHexString(32, lowercase: true),
                ["issuedAt"] = Text(now),
                ["expirationTime"] = Text(now + WalletSignIn.MaxAge),
                ["statement"] = Statement,
                ["resources"] = new JsonArray(uri),
            },
            ["supportedChains"] = new JsonArray(new JsonObject { ["chainId"] = offered.Network.CaipId, ["type"] = "eip191" }),
            ["schema"] = Schema(),
        };
    }

    private static JsonObject Schema() => new()
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["domain"] = Text(),
            ["address"] = Text(),
            ["statement"] = Text(),
            ["uri"] = Text("uri"),
            ["version"] = Text(),
            ["chainId"] = Text(),
            ["type"] = Text(),
            ["nonce"] = Text(),
            ["issuedAt"] = Text("date-time"),
            ["expirationTime"] = Text("date-time"),
            ["notBefore"] = Text("date-time"),
            ["requestId"] = Text(),
            ["resources"] = new JsonObject { ["type"] = "array", ["items"] = Text("uri") },
            ["signature"] = Text(),
        },
        ["required"] = new JsonArray([.. Required.Select(name => JsonValue.Create(name))]),
    };

    private static JsonObject Text(string? format = null)
    {
        var type = new JsonObject { ["type"] = "string" };
        if (format is not null) type["format"] = format;
        return type;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
