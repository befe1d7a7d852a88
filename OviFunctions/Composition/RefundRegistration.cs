using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Composition;

internal static class RefundRegistration
{
    /// <summary>Also when payments are off: what was taken before may still have to go back.</summary>
    public static void AddRefunds(this IServiceCollection services, OviSettings settings)
    {
        services.AddSingleton(new RefundWallets(settings.Refunds));
        services.AddSingleton<RefundBarrier>();
        services.AddSingleton<RefundBook>();
    }
}
