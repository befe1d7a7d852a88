using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Media.Ffmpeg;

namespace OviFunctions.Composition;

internal static class MediaRegistration
{
    public static void AddMedia(this IServiceCollection services)
    {
        services.AddSingleton<FfmpegTool>();
        services.AddSingleton<ImageFitter>();
        services.AddSingleton<VideoFinisher>();
        services.AddHostedService<FfmpegCheck>();
    }
}
