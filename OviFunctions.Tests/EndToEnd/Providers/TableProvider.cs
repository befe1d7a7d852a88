using System.Text.Json.Nodes;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>A simulated account, and the gateway's settings for it by the ends of their names.</summary>
/// <param name="Simulator">What plays the provider.</param>
/// <param name="CostUsd">What each job that it takes costs.</param>
/// <param name="Settings">Everything but its name and place.</param>
internal sealed record TableAccount(IProviderSimulator Simulator, decimal CostUsd, IReadOnlyDictionary<string, string> Settings)
{
    public static async Task<TableAccount> FalAsync()
    {
        var fal = await FalSimulator.StartAsync(new FalSimulatorOptions { RenderClips = false });
        return new TableAccount(fal, 0.20m, new Dictionary<string, string>
        {
            ["Type"] = "Fal",
            ["ApiKey"] = fal.Options.Key,
            ["BaseUrl"] = fal.Url.ToString(),
            ["JwksUrl"] = fal.JwksUrl.ToString(),
            ["WebhookUserId"] = fal.Options.UserId,
        });
    }
}

/// <summary>A column of the fault table in docs/providers.md: a provider, and one behind it that works.</summary>
/// <param name="Name">As it stands there.</param>
/// <param name="StartAsync">Starts the provider.</param>
internal sealed record TableProvider(string Name, Func<Task<TableAccount>> StartAsync)
{
    /// <summary>Starts the one behind it.</summary>
    public Func<Task<TableAccount>> StartNextAsync { get; init; } = TableAccount.FalAsync;

    /// <summary>Where its model is ordered.</summary>
    public string Route { get; init; } = Shop.JobsPath;

    /// <summary>An order with a prompt.</summary>
    public Func<string, JsonObject> BodyOf { get; init; } = prompt => OrderBody.For(prompt);

    /// <summary>Which faults it cannot have: the table has a dash there.</summary>
    public Func<TableFault, bool> Lacks { get; init; } = _ => false;

    /// <summary>The columns in their order.</summary>
    public static IReadOnlyList<TableProvider> All { get; } =
    [
        new("fal", TableAccount.FalAsync),
    ];
}
