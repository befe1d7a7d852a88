using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Http;
using OviFunctions.Embedded.Hosting.Invocation;
using OviFunctions.Embedded.Hosting.Timers;

namespace OviFunctions.Embedded.Hosting;

/// <summary>Puts the host together: what <c>FunctionsApplicationBuilder</c> is outside, this is inside.</summary>
internal sealed class EmbeddedHostBuilder
{
    private const int DefaultPort = 7071;
    private const string DrainSetting = $"--{EmbeddedHostOptions.Section}:{nameof(EmbeddedHostOptions.Drain)}=true";

    private readonly HostFiles _files;
    private readonly StartUpLogFilter _logFilter = new();

    public EmbeddedHostBuilder(string[]? args)
    {
        Web = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = [.. (args ?? []).Select(argument => argument == "--drain" ? DrainSetting : argument)],
            EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") is { Length: > 0 } name ? name : null,
        });
        _files = HostFiles.AddTo(Web.Configuration, Web.Environment.ContentRootPath);
        AddLogging();
        AddServices(Web.Services);
    }

    public WebApplicationBuilder Web { get; }

    /// <summary>The app's middleware, outermost first.</summary>
    public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

    /// <summary>Whether HTTP functions may be used.</summary>
    public bool ServesHttp { get; set; }

    public IHost Build()
    {
        ChooseUrl();
        return new EmbeddedHost(Web.Build(), _logFilter);
    }

    private void AddLogging()
    {
        Web.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        // As on Azure, only functions and their host are heard unless host.json asks for more. The request log would also
        // show what is secret in a path.
        Web.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        Web.Logging.AddConfiguration(Web.Configuration.GetSection(HostSettings.Section + ":logging"));
        _logFilter.AddTo(Web.Logging);
    }

    private void AddServices(IServiceCollection services)
    {
        services.AddOptions<EmbeddedHostOptions>().BindConfiguration(EmbeddedHostOptions.Section);
        services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<EmbeddedHostOptions>>((kestrel, host) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = host.Value.MaxRequestBodySize;
        });
        services.AddMvcCore();
        services.AddCors();

        services.AddSingleton(provider => HostClock.Create(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(_files);
        services.AddSingleton(provider => HostSettings.Read(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(provider => DatabaseLocation.Choose(
            provider.GetRequiredService<IOptions<EmbeddedHostOptions>>().Value,
            provider.GetRequiredService<HostSettings>(),
            Web.Environment.ContentRootPath));
        services.AddSingleton<AppSettingReferences>();
        services.AddSingleton<HttpRoutes>();
        services.AddSingleton<TriggerReading>();
        services.AddSingleton<ParameterBinding>();
        services.AddSingleton<FunctionDiscovery>();
        services.AddSingleton(Discover);

        services.AddSingleton(_ => new FunctionPipeline(Middleware));
        services.AddSingleton<HttpFunctionEndpoint>();
        services.AddSingleton<IntakeGate>();
        services.AddSingleton<TimerStatusStore>();
        services.AddSingleton<TimerRunner>();
        services.AddSingleton<TimerHost>();
        services.AddEngine();
        services.AddHostedService<EmbeddedHostService>();
        services.AddHostedService<Drain>();
    }

    /// <summary>Finds the app's functions; throws all that is wrong with them and with the host's files at once.</summary>
    private FunctionCatalog Discover(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<EmbeddedHostOptions>>().Value;
        List<string> problems = [.. _files.Problems, .. services.GetRequiredService<HostSettings>().Problems];

        var types = options.FunctionTypes ?? (options.FunctionAssembly ?? Assembly.GetEntryAssembly()!).GetTypes();
        var catalog = services.GetRequiredService<FunctionDiscovery>().Discover(types, problems);
        if (!ServesHttp && catalog.Functions.Any(function => function is HttpFunction))
            problems.Add("There are HTTP functions. Call builder.ConfigureFunctionsWebApplication() in Program.cs.");
        return problems.Count == 0 ? catalog : throw new EmbeddedHostException(problems);
    }

    /// <summary>Where to listen: --urls or ASPNETCORE_URLS, else local.settings.json, else the port of Core Tools.</summary>
    private void ChooseUrl()
    {
        var configuration = Web.Configuration;
        // Without a prefix it is the environment variable's name among the app settings of local.settings.json.
        var chosen = configuration[WebHostDefaults.ServerUrlsKey] ?? configuration["ASPNETCORE_URLS"];
        var endpointsElsewhere = configuration["http_ports"] ?? configuration["https_ports"];
        if (chosen is null && (endpointsElsewhere is not null || configuration.GetSection("Kestrel:Endpoints").Exists())) return;
        Web.WebHost.UseUrls(chosen ?? $"http://localhost:{_files.Local.Port ?? DefaultPort}");
    }
}
