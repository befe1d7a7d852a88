using OviFunctions.Configuration;
using OviFunctions.Jobs;

namespace OviFunctions.OnDelivery;

/// <summary>
/// Decides which jobs are settled only when their video is there: those of wallets that have paid before, whose authorization
/// lives long enough, within the caps. All others are settled first; so is everything when this is off.
/// </summary>
public sealed class OnDeliveryTerms(OviSettings settings, PaymentHistory history, Debtors debtors, Exposure exposure, TimeProvider clock)
{
    /// <summary>The job as it will be carried out; its value is reserved if it is to be settled on delivery.</summary>
    public async Task<VideoJobInput> ApplyAsync(VideoJobInput job, CancellationToken cancellationToken)
    {
        var terms = settings.OnDelivery;
        if (!terms.Enabled || job is not { Payment.Authorization.Transfer: var transfer, Unlocks: null, Items: null }) return job;
        var now = clock.GetUtcNow();
        var until = DateTimeOffset.FromUnixTimeSeconds((long)transfer.ValidBefore.Value);
        var finish = job.Plan.FinishMedia ? settings.FinishSeconds : 0;
        if (until < now.AddSeconds(job.Plan.DeadlineSeconds + finish + OnDeliverySettings.SettleSeconds)) return job;
        if (await debtors.OwesAsync(transfer.From, cancellationToken)) return job;
        if (!await history.HasAsync(transfer.From, terms.MinSettledJobs, now.AddDays(-terms.MinAgeDays), cancellationToken)) return job;
        var open = new OpenDelivery(job.JobId, transfer.From.ToString(), job.PriceAtomic, until);
        return await exposure.TryAddAsync(open, Usdc.ToAtomic(terms.PayerExposureUsdc), Usdc.ToAtomic(terms.TotalExposureUsdc), cancellationToken)
            ? job with { Plan = job.Plan with { SettleOnDelivery = true } }
            : job;
    }
}
