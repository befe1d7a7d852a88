namespace OviFunctions.Http.Egress;

/// <summary>How an attempt to fetch an URL from outside ended. Texts may be shown to whoever gave the URL.</summary>
public abstract record EgressResult
{
    private EgressResult() { }

    /// <summary>An answer arrived; the receiver disposes it.</summary>
    public sealed record Ok(EgressResponse Response) : EgressResult;

    /// <summary>Our rules forbid the URL, or what it resolves or redirects to. Trying again does not help.</summary>
    /// <param name="Reason">The rule.</param>
    /// <param name="Message">What was wrong, and what would be right.</param>
    public sealed record Refused(EgressRefusal Reason, string Message) : EgressResult;

    /// <summary>The other side did not deliver.</summary>
    /// <param name="Reason">What happened.</param>
    /// <param name="Message">The same in words.</param>
    /// <param name="Status">The HTTP status, when the reason is <see cref="EgressFailure.Status"/>.</param>
    public sealed record Failed(EgressFailure Reason, string Message, int? Status = null) : EgressResult
    {
        /// <summary>Whether a later attempt may succeed.</summary>
        public bool Transient => Reason switch
        {
            EgressFailure.TooLarge => false,
            EgressFailure.Status => Status is 408 or 425 or 429 or >= 500,
            _ => true,
        };
    }
}

/// <summary>The rules by which an URL is refused.</summary>
public enum EgressRefusal
{
    /// <summary>Not an absolute URL, or one with white space, control characters or a backslash, or too long.</summary>
    Malformed,

    /// <summary>Another scheme than http and https, or http where https is required.</summary>
    Scheme,

    /// <summary>A user name or password before the host.</summary>
    UserInfo,

    /// <summary>A host that is not a public DNS name or IP address in its plain ASCII spelling.</summary>
    Host,

    /// <summary>A port other than 80 and 443.</summary>
    Port,

    /// <summary>An address that is not public, written out or found in DNS.</summary>
    Address,

    /// <summary>A host of this service itself.</summary>
    OwnHost,

    /// <summary>More redirects than allowed, or one from https to http.</summary>
    Redirect,
}

/// <summary>What can go wrong with an URL that is allowed.</summary>
public enum EgressFailure
{
    /// <summary>The connect or the total time limit.</summary>
    Timeout,

    /// <summary>The host name does not exist or DNS did not answer.</summary>
    Dns,

    /// <summary>No connection, or it broke, or what came was not HTTP.</summary>
    Connect,

    /// <summary>No TLS: certificate, protocol or host name.</summary>
    Tls,

    /// <summary>A status that is not 2xx (of a GET).</summary>
    Status,

    /// <summary>A body over the limit of the purpose.</summary>
    TooLarge,
}
