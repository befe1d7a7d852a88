using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;

namespace OviFunctions.Embedded.Hosting.Http;

/// <summary>What a request passes on its way to a function.</summary>
internal static class HttpPipeline
{
    public static void Map(WebApplication app, FunctionCatalog catalog, LocalSettings local)
    {
        if (local.CorsOrigins.Count > 0)
        {
            app.UseCors(policy =>
            {
                policy.WithOrigins([.. local.CorsOrigins]).AllowAnyHeader().AllowAnyMethod();
                if (local.CorsCredentials) policy.AllowCredentials();
            });
        }

        app.Use(app.Services.GetRequiredService<IntakeGate>().InvokeAsync);

        var endpoint = app.Services.GetRequiredService<HttpFunctionEndpoint>();
        foreach (var function in catalog.Functions.OfType<HttpFunction>())
        {
            var mapped = app.Map(function.Route, http => endpoint.InvokeAsync(function, http)).WithDisplayName(function.Name);
            if (function.Methods.Count > 0) mapped.WithMetadata(new Microsoft.AspNetCore.Routing.HttpMethodMetadata(function.Methods));
        }
    }
}
