using System.Diagnostics;
using System.Net.Http.Headers;

namespace OviFunctions.Providers;

/// <summary>What came of one HTTP call to a provider.</summary>
internal abstract record ProviderReply
{
    private ProviderReply() { }

    /// <summary>A whole answer, of any status.</summary>
    public sealed record Answer(int Status, ReadOnlyMemory<byte> Body, HttpResponseHeaders Headers) : ProviderReply
    {
        public bool IsSuccess => Status is >= 200 and < 300;

        /// <summary>The <c>Retry-After</c> header; null when there is none.</summary>
        public TimeSpan? RetryAfter { get; init; }

        public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }

    /// <summary>A success of which the body was asked for as a stream; the receiver disposes it.</summary>
    public sealed record Opened(Stream Content, HttpResponseHeaders Headers) : ProviderReply;

    /// <summary>The request certainly did not reach the provider: there was no connection to send it on.</summary>
    public sealed record NotSent(string Reason) : ProviderReply;

    /// <summary>The request may have reached the provider, and no whole answer came back.</summary>
    public sealed record Lost(string Reason) : ProviderReply;

    /// <summary>What the reply to a submit proves, where only an answer needs a look.</summary>
    public SubmitResult ToSubmitResult(Func<Answer, SubmitResult> ofAnswer) => this switch
    {
        Answer answer => ofAnswer(answer),
        NotSent refused => new SubmitResult.Rejected(new ProviderFailure(FailureClass.ProviderUnavailable, null, refused.Reason)),
        Lost lost => new SubmitResult.Ambiguous(lost.Reason),
        _ => throw new UnreachableException(),
    };

    /// <summary>What the reply to a read proves, where only an answer needs a look.</summary>
    public ReadResult ToReadResult(Func<Answer, ReadResult> ofAnswer) => this switch
    {
        Answer answer => ofAnswer(answer),
        NotSent refused => new ReadResult.Unavailable(refused.Reason),
        Lost lost => new ReadResult.Unavailable(lost.Reason),
        _ => throw new UnreachableException(),
    };

    /// <summary>What the reply to a read of something that does not exist says of the key; null when it was taken.</summary>
    public string? ToKeyProblem() => this switch
    {
        Answer { Status: 401 or 403 } answer => $"the key is refused (HTTP {answer.Status})",
        Answer { Status: >= 200 and < 300 or >= 400 and < 500 } => null,
        Answer answer => $"HTTP {answer.Status}",
        NotSent refused => refused.Reason,
        Lost lost => lost.Reason,
        _ => throw new UnreachableException(),
    };
}
