using System.Net.Http.Headers;

namespace OviFunctions.Providers.Fal;

/// <summary>What came of one HTTP call to fal.</summary>
internal abstract record FalReply
{
    private FalReply() { }

    /// <summary>A whole answer, of any status.</summary>
    public sealed record Answer(int Status, ReadOnlyMemory<byte> Body, HttpResponseHeaders Headers) : FalReply
    {
        public bool IsSuccess => Status is >= 200 and < 300;

        public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }

    /// <summary>The request certainly did not reach fal: there was no connection to send it on.</summary>
    public sealed record NotSent(string Reason) : FalReply;

    /// <summary>The request may have reached fal, and no whole answer came back.</summary>
    public sealed record Lost(string Reason) : FalReply;
}
