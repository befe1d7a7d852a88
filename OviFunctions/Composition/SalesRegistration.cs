using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Routing;
using OviFunctions.Sales;

namespace OviFunctions.Composition;

internal static class SalesRegistration
{
    public static void AddSales(this IServiceCollection services)
    {
        services.AddSingleton<SalesSwitch>();
        services.AddSingleton<ISalesGate>(provider => provider.GetRequiredService<SalesSwitch>());
        services.AddSingleton<SalesGates>();
        services.AddSingleton<DenyList>();
        services.AddSingleton<ISalesGate>(provider => provider.GetRequiredService<DenyList>());
        services.AddSingleton<ISalesGate, RouteGate>();
        services.AddSingleton<SpendBrake>();
        services.AddSingleton<RefundBrake>();
        services.AddSingleton<ISalesGate>(provider => provider.GetRequiredService<RefundBrake>());
    }
}
