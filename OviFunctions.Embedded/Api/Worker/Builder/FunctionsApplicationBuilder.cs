using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Builds a functions app: services, configuration, logging, and middleware around the functions.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private bool _hasBuilt;

    internal FunctionsApplicationBuilder(string[]? args) => Host = new EmbeddedHostBuilder(args);

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)Host.Web).Properties;

    public ConfigurationManager Configuration => Host.Web.Configuration;

    public IHostEnvironment Environment => Host.Web.Environment;

    public ILoggingBuilder Logging => Host.Web.Logging;

    public IMetricsBuilder Metrics => Host.Web.Metrics;

    public IServiceCollection Services => Host.Web.Services;

    IConfigurationManager IHostApplicationBuilder.Configuration => Configuration;

    internal EmbeddedHostBuilder Host { get; }

    /// <summary>Builds the host, once.</summary>
    /// <exception cref="InvalidOperationException">It was built already.</exception>
    public IHost Build()
    {
        ThrowIfBuilt();
        _hasBuilt = true;
        return Host.Build();
    }

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        ((IHostApplicationBuilder)Host.Web).ConfigureContainer(factory, configure);

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ThrowIfBuilt();
        Host.Middleware.Add(middleware);
        return this;
    }

    private void ThrowIfBuilt()
    {
        if (_hasBuilt) throw new InvalidOperationException("The application has already been built.");
    }
}
