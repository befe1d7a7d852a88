using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Hosting;

namespace OviFunctions.Tests.Embedded.Hosting.Support;

/// <summary>A functions app of the given classes, on Kestrel at a free loopback port, with a content root of its own.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly TestFolder _folder;

    private TestApp(TestFolder folder, IHost host, LogRecorder log)
    {
        (_folder, Host, Log) = (folder, host, log);
        Address = AddressOf(host);
        Client = new HttpClient { BaseAddress = Address };
    }

    public IHost Host { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public LogRecorder Log { get; }

    public static Task<TestApp> StartAsync(params Type[] functions) => StartAsync(_ => { }, functions);

    public static async Task<TestApp> StartAsync(Action<FunctionsApplicationBuilder> configure, params Type[] functions)
    {
        var folder = new TestFolder();
        try
        {
            var log = new LogRecorder();
            var builder = CreateBuilder(folder, functions);
            builder.Logging.AddProvider(log);
            configure(builder);
            var host = builder.Build();
            await host.StartAsync();
            return new TestApp(folder, host, log);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>A builder as Program.cs has it, which finds only these classes, throws at a failing start and keeps its state in memory.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(TestFolder folder, params Type[] functions) => CreateBuilder(folder, [], functions);

    /// <inheritdoc cref="CreateBuilder(TestFolder, Type[])"/>
    public static FunctionsApplicationBuilder CreateBuilder(TestFolder folder, string[] arguments, params Type[] functions)
    {
        if (!File.Exists(folder["host.json"])) folder.Write("host.json", """{ "version": "2.0" }""");
        var builder = FunctionsApplication.CreateBuilder([.. arguments, "--contentRoot", folder.Path, "--urls", "http://127.0.0.1:0"]);
        builder.ConfigureFunctionsWebApplication();
        builder.Logging.ClearProviders();
        builder.Services.Configure<EmbeddedHostOptions>(options =>
        {
            options.FunctionTypes = functions;
            options.DatabasePath = ":memory:";
            options.ThrowOnStartFailure = true;
        });
        return builder;
    }

    public static Uri AddressOf(IHost host) =>
        new(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.StopAsync();
        if (Host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        _folder.Dispose();
    }
}
