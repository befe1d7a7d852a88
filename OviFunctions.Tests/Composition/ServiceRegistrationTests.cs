using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OviFunctions.Activities;
using OviFunctions.Admission;
using OviFunctions.Composition;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>The gateway's services fit together, before the first buyer finds out.</summary>
public sealed class ServiceRegistrationTests
{
    public static TheoryData<string> Functions => [.. typeof(ServiceRegistration).Assembly.GetTypes()
        .Where(t => !t.IsAbstract && t.GetMethods().Any(m => m.GetCustomAttribute<FunctionAttribute>() is not null))
        .Select(t => t.FullName!)];

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task AddOviFunctions_EveryFunction_CanBeMade(string function)
    {
        await using var provider = Services().BuildServiceProvider();

        Assert.NotNull(ActivatorUtilities.CreateInstance(provider, typeof(ServiceRegistration).Assembly.GetType(function)!));
    }

    [Fact]
    public void Functions_AreFound() => Assert.True(Functions.Count > 10);

    [Fact]
    public async Task AddOviFunctions_Payments_CanBeTaken()
    {
        await using var provider = Services().BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredService<PaymentAdmission>());
        Assert.NotNull(provider.GetRequiredService<IChainReader>());
    }

    [Fact]
    public async Task AddOviFunctions_PaymentsSwitchedOff_PaymentsInFlightAreStillFollowed()
    {
        // An operator who stops selling must not strand the money that is under way.
        await using var provider = Services(("Payments:Enabled", "false")).BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredService<PaymentAdmission>());
        Assert.NotNull(ActivatorUtilities.CreateInstance<SettlePayment>(provider));
        Assert.NotNull(ActivatorUtilities.CreateInstance<CheckPayment>(provider));
        Assert.False(provider.GetRequiredService<QuoteWriter>().IsSelling);
    }

    [Fact]
    public async Task AddOviFunctions_LongestNamesThatSettingsTake_StillFitIntoTheQuotesHeader()
    {
        // Or every order would be a 500: the quote is made with the first request.
        var host = string.Join('.', Enumerable.Repeat(new string('a', 60), 4));
        await using var provider = Services(
            ("PublicBaseUrl", $"https://{host}:65535"), ("Seller:ServiceName", new string('S', 32)), ("ApiKeys:0:Sha256", new string('a', 64)),
            ("Payments:MaxTimeoutSeconds", "3600"), ("Payments:PayTo", "0x000000000000000000000000000000000000dEaD"), ("Prices:OviImageToVideo", "1000")).BuildServiceProvider();

        Assert.True(provider.GetRequiredService<QuoteWriter>().IsSelling);
        Assert.NotEmpty(provider.GetRequiredService<VideoModels>().All);
    }

    [Theory]
    [InlineData("Operator:WatchChain", "false", false)]
    [InlineData("Payments:Enabled", "false", true)] // what comes late is still on the chain
    [InlineData("Payments:MaxTimeoutSeconds", "600", true)]
    public async Task AddOviFunctions_Chain_IsWatchedUnlessItIsSwitchedOff(string setting, string value, bool watched)
    {
        await using var provider = Services((setting, value)).BuildServiceProvider();

        Assert.Equal(watched, provider.GetService<ReconciliationRun>() is not null);
    }

    [Fact]
    public void AddOviFunctions_WrongSettings_ThrowWhatTheProgramPrints()
    {
        Assert.Throws<SettingsException>(() => Services(("PublicBaseUrl", null)));
        Assert.Throws<SettingsException>(() => Services(("Storage:AccountUrl", "https://account.blob.core.windows.net"))); // not on this host
    }

    [Fact]
    public async Task AddOviFunctions_SalesNotice_IsForSellersOnly()
    {
        await using var selling = Services().BuildServiceProvider();
        await using var closed = Services(("Payments:Enabled", "false")).BuildServiceProvider();

        Assert.Single(selling.GetServices<IHostedService>().OfType<SalesNotice>());
        Assert.Empty(closed.GetServices<IHostedService>().OfType<SalesNotice>());
    }

    private static IServiceCollection Services(params (string Key, string? Value)[] changes)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(HostLifetime.Running()); // as every host has one
        return services.AddOviFunctions(TestSettings.Configuration(changes));
    }
}
