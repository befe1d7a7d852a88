using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using OviFunctions.Composition;
using OviFunctions.Configuration;

// The function app. With a command (check, new-api-key, new-server-key, instances) it is a small tool instead.
var builder = FunctionsApplication.CreateBuilder(args);
if (await Commands.TryRunAsync(args, builder.Configuration, builder.Environment) is { } exitCode)
{
    Environment.ExitCode = exitCode;
    return;
}

builder.ConfigureFunctionsWebApplication();
try
{
    builder.Services.AddOviFunctions(builder.Configuration);
}
catch (SettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    Environment.ExitCode = 1;
    return;
}

await builder.Build().RunAsync();
