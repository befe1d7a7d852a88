using Microsoft.Azure.Functions.Worker;
using OviFunctions.Functions;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

public sealed class SweepSignInsFunctionTests
{
    [Fact]
    public async Task Run_SignInOlderThanTenMinutes_IsForgotten()
    {
        var clock = new ManualTimeProvider();
        var records = new MemoryRecordStore(clock);
        await records.TryCreateAsync(RecordNames.SignIn("old"), new SignInRecord(clock.GetUtcNow()), default);
        await records.TryCreateAsync(RecordNames.Claim("job_1"), new SignInRecord(clock.GetUtcNow()), default);
        clock.Advance(TimeSpan.FromMinutes(1));
        await records.TryCreateAsync(RecordNames.SignIn("new"), new SignInRecord(clock.GetUtcNow()), default);
        var sweep = new SweepSignInsFunction(records, clock);

        clock.Advance(TimeSpan.FromMinutes(9));
        await sweep.RunAsync(new TimerInfo(), default);
        Assert.Equal(3, records.Names.Count);

        clock.Advance(TimeSpan.FromSeconds(1));
        await sweep.RunAsync(new TimerInfo(), default);
        Assert.Equal(["claims/job_1", "signins/new"], records.Names);
    }
}
