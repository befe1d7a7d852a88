using Microsoft.Extensions.DependencyInjection;
using OviFunctions.OnDelivery;

namespace OviFunctions.Composition;

internal static class OnDeliveryRegistration
{
    public static void AddOnDelivery(this IServiceCollection services)
    {
        services.AddSingleton<PaymentHistory>();
        services.AddSingleton<Exposure>();
        services.AddSingleton<Debtors>();
        services.AddSingleton<OnDeliveryTerms>();
    }
}
