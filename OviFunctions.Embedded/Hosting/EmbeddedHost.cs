using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Embedded.Hosting.Http;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Hosting;

/// <summary>
/// The app as a host. What keeps it from starting is reported as <see cref="EmbeddedHostOptions.ThrowOnStartFailure"/> says.
/// </summary>
internal sealed class EmbeddedHost(WebApplication app, StartUpLogFilter logFilter) : IHost, IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    private bool Throws => Services.GetRequiredService<IOptions<EmbeddedHostOptions>>().Value.ThrowOnStartFailure;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            HttpPipeline.Map(app, Services.GetRequiredService<FunctionCatalog>(), Services.GetRequiredService<HostFiles>().Local);
            await app.StartAsync(cancellationToken);
            logFilter.Started();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested && !Throws)
        {
            // It is told to stop while it starts: Run goes on to the end, in good order.
        }
        catch (Exception e) when (ProblemsOf(e) is { } problems)
        {
            if (Throws)
            {
                if (e is EmbeddedHostException) throw;
                throw new EmbeddedHostException(problems, e);
            }

            foreach (var problem in problems) await Console.Error.WriteLineAsync(problem);
            // An unhandled exception would bury the lines under a stack trace; this makes Run return instead.
            Environment.ExitCode = 1;
            app.Lifetime.StopApplication();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => app.StopAsync(cancellationToken);

    public void Dispose() => ((IDisposable)app).Dispose();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>What the operator can put right; null for anything else, which keeps its stack trace.</summary>
    private static IReadOnlyList<string>? ProblemsOf(Exception exception) => exception switch
    {
        EmbeddedHostException e => e.Problems,
        InstanceStoreException e => [e.Message],
        OptionsValidationException e => [.. e.Failures],
        AggregateException e when e.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            [.. e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)],
        IOException { InnerException: AddressInUseException } e =>
            [$"{e.Message} Stop the other process or choose another port with --urls."],
        _ => null,
    };
}
