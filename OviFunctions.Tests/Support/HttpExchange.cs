using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace OviFunctions.Tests.Support;

/// <summary>One request to a function, without a server, and what it answers.</summary>
internal sealed class HttpExchange
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddLogging().BuildServiceProvider();

    private readonly MemoryStream _answer = new();

    public HttpExchange(string method = "GET", string path = "/", params (string Name, string Value)[] headers)
    {
        Context.RequestServices = Services;
        Context.Response.Body = _answer;
        var target = path.Split('?', 2);
        (Request.Method, Request.Path, Request.QueryString) = (method, target[0], new QueryString(target.Length > 1 ? "?" + target[1] : ""));
        // Not by HeaderDictionary's own methods, which drop empty values; a server does not.
        Context.Features.GetRequiredFeature<IHttpRequestFeature>().Headers = new HeaderDictionary(headers
            .GroupBy(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => new StringValues([.. g]), StringComparer.OrdinalIgnoreCase));
    }

    public DefaultHttpContext Context { get; } = new();

    public HttpRequest Request => Context.Request;

    public int Status => Context.Response.StatusCode;

    public byte[] Body => _answer.ToArray();

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>A header of the answer; null when it has none.</summary>
    public string? Header(string name) => Context.Response.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public HttpExchange WithBody(string json) => WithBody(Encoding.UTF8.GetBytes(json));

    public HttpExchange WithBody(byte[] body)
    {
        Request.Body = new MemoryStream(body);
        Request.ContentLength = body.Length;
        return this;
    }

    /// <summary>Lets the function's result write the answer.</summary>
    public async Task<HttpExchange> AnswerAsync(IResult result)
    {
        await result.ExecuteAsync(Context);
        await Context.Response.BodyWriter.FlushAsync();
        return this;
    }
}
