using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Activities;
using OviFunctions.Admission;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;

namespace OviFunctions.Composition;

internal static class BatchRegistration
{
    public static void AddBatches(this IServiceCollection services)
    {
        services.AddSingleton<BatchModel>();
        services.AddSingleton<IVideoModel>(provider => provider.GetRequiredService<BatchModel>());
        // A batch is one of the models that it finds there.
        services.AddSingleton(provider => new Lazy<VideoModels>(provider.GetRequiredService<VideoModels>));
        services.AddSingleton<BatchItems>();
        services.AddSingleton<BatchOutcomes>();
        services.AddSingleton<BatchReader>();
        services.AddSingleton<BatchPlanner>();
        services.AddSingleton<PrepareImage>();
    }
}
