using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Configuration;
using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Composition;

internal static class LedgerRegistration
{
    public static void AddLedger(this IServiceCollection services, OviSettings settings)
    {
        services.AddSingleton<ILedger, BlobLedger>();
        services.AddSingleton<LedgerReader>();
        services.AddSingleton<SettledMoney>();
        services.AddSingleton<JobReceipts>();
        services.AddSingleton<PaymentsOverview>();
        services.AddSingleton<OperatorAccess>();

        // Also when payments are switched off: what comes late is still on the chain.
        if (settings.Payments is not { Network: { } network, PayTo: { } payTo, RpcUrl: not null }
            || !EvmNetwork.TryParse(network, out var chain) || !EvmAddress.TryParse(payTo, out var address)) return;
        services.AddSingleton(provider => new StoreAccounts(chain, address, [.. provider.GetRequiredService<RefundWallets>().All.Select(wallet => wallet.Address)]));
        services.AddSingleton<TransferLog>();
        services.AddSingleton<MoneyWatch>();
        services.AddSingleton<DailyReconciliation>();
        services.AddSingleton<RefundPayments>();
        if (settings.Operator.WatchChain) services.AddSingleton<ReconciliationRun>();
    }
}
