using OviFunctions.Admission;

namespace OviFunctions.Tests.Admission;

public sealed class WrongBodiesTests
{
    [Fact]
    public void IsTooMany_FromTheThirdOn_ForEachPaymentAlone()
    {
        using var wrong = new WrongBodies();

        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(_ => wrong.IsTooMany("job_a")));
        Assert.False(wrong.IsTooMany("job_b"));
    }

    [Fact]
    public void IsTooMany_FloodOfPayments_TakesBoundedMemory()
    {
        using var wrong = new WrongBodies();

        for (var i = 0; i < 50_000; i++) Assert.False(wrong.IsTooMany($"job_{i}"));
    }
}
