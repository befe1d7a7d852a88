using System.Net.Sockets;
using System.Security.Authentication;

namespace OviFunctions.Http.Egress;

/// <summary>Failures in words, and what <see cref="HttpClient"/> throws translated to them.</summary>
internal static class EgressFailures
{
    public static EgressResult.Failed Timeout() => new(EgressFailure.Timeout, "the host did not answer in time");

    public static EgressResult.Failed Broken() => new(EgressFailure.Connect, "the connection broke before the end of the answer");

    public static EgressResult.Failed TooLarge(long maxBytes) =>
        new(EgressFailure.TooLarge, $"the answer is larger than {maxBytes} bytes");

    public static EgressResult.Failed Status(int status) =>
        new(EgressFailure.Status, $"the host answered {status}; it must answer 200 without credentials", status);

    public static EgressResult From(HttpRequestException exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case EgressRefusedException refused: return refused.Refusal;
                case AuthenticationException:
                    return new EgressResult.Failed(EgressFailure.Tls, "no TLS connection; the certificate must be valid for the host");
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return new EgressResult.Failed(EgressFailure.Dns, "the host name was not found in DNS");
                case SocketException { SocketErrorCode: SocketError.TimedOut }: return Timeout();
            }
        }

        return exception.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => new EgressResult.Failed(EgressFailure.Tls, "no TLS connection"),
            HttpRequestError.ConnectionError => new EgressResult.Failed(EgressFailure.Connect, "no connection to the host"),
            _ => Broken(),
        };
    }
}

/// <summary>Carries a refusal out of the connect callback, where a value cannot be returned.</summary>
internal sealed class EgressRefusedException(EgressResult.Refused refusal) : Exception(refusal.Message)
{
    public EgressResult.Refused Refusal { get; } = refusal;
}
