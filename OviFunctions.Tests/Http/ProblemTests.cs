using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

/// <summary>Error answers as programs read them (RFC 9457).</summary>
public sealed class ProblemTests
{
    [Fact]
    public async Task ToResult_EveryMember_IsInTheAnswer()
    {
        var problem = new Problem(429, "too_many", "Too many.", "Wait.")
        {
            Errors = [new FieldProblem("/prompt", "required", "prompt is missing")],
            RetryAction = RetryAction.RetrySamePayment,
            PaymentState = PaymentState.InFlight,
            RetryAfterSeconds = 5,
        };

        var answer = await new HttpExchange().AnswerAsync(problem.ToResult());

        Assert.Equal(429, answer.Status);
        Assert.Equal("application/problem+json", answer.Context.Response.ContentType);
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Equal("5", answer.Header("Retry-After"));
        Assert.Equal(
            """{"type":"urn:ovifunctions:problem:too_many","title":"Too many.","status":429,"detail":"Wait.","code":"too_many","errors":[{"pointer":"/prompt","code":"required","detail":"prompt is missing"}],"retry_action":"retry_same_payment","payment_state":"in_flight"}""",
            answer.Text);
    }

    [Fact]
    public async Task ToResult_WhatIsNotKnown_IsLeftOut()
    {
        var answer = await new HttpExchange().AnswerAsync(new Problem(404, "job_not_found", "There is no such job.").ToResult());

        Assert.Equal(
            """{"type":"urn:ovifunctions:problem:job_not_found","title":"There is no such job.","status":404,"code":"job_not_found"}""", answer.Text);
        Assert.Null(answer.Header("Retry-After"));
    }

    [Fact]
    public void Codes_AreTheOnesThatTheReadmeLists()
    {
        Assert.Equal(["resign", "retry_same_payment", "poll", "wait_and_retry", "abandon"], Enum.GetValues<RetryAction>().Select(Codes.Of));
        Assert.Equal(["unused", "in_flight", "settled", "refunded"], Enum.GetValues<PaymentState>().Select(Codes.Of));
    }
}
