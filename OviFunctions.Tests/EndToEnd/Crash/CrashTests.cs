using Xunit.Abstractions;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>
/// The gateway is killed (SIGKILL) at every moment at which it has to do with the world outside it, and started again. The
/// job completes, the chain shows one payment, the provider one job, storage one outcome and one whole video, the buyer's
/// receiver one event.
/// </summary>
public sealed class CrashTests(CrashFixture fixture, ITestOutputHelper output) : IClassFixture<CrashFixture>
{
    public static TheoryData<string> Cases => [.. CrashCase.All.Select(it => it.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task KilledAt_JobCompletesAndIsChargedOnce(string point) =>
        output.WriteLine((await fixture.ResultOf(CrashCase.All.Single(it => it.Name == point))).ToString());

    [Fact]
    public void EveryPoint_HasOneEffectAndACase()
    {
        var points = CrashEffects.All.SelectMany(effect => new[] { effect.Before, effect.After }).ToList();
        Assert.Equal(points.Count, points.Distinct().Count());
        Assert.Equal(Enum.GetValues<CrashPoint>(), CrashCase.All.Select(it => it.Point).Distinct().Order());
        Assert.All(CrashCase.All, it => Assert.True(it.Effect is not null || it.Commit > 0, $"{it.Name} is neither an exchange nor a commit."));
    }

    [Fact]
    public async Task EveryExchange_IsAnEffectWithACrashPoint()
    {
        var reports = await Task.WhenAll(CrashCase.All.Select(fixture.ResultOf));

        foreach (var report in reports.OrderByDescending(report => report.Total)) output.WriteLine(report.ToString());
        foreach (var unknown in fixture.Unknown) output.WriteLine(unknown);
        Assert.Empty(fixture.Unknown);
    }
}
