using System.Globalization;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Http.SignIn;

/// <summary>Who buys, and what is his. The prefix of job ids narrows a search down; it is short, so that <see cref="Owns"/> decides.</summary>
public abstract record Buyer
{
    private Buyer() { }

    /// <summary>What the ids of this buyer's jobs begin with, and perhaps those of others.</summary>
    public abstract string JobPrefix { get; }

    /// <summary>A text that is no other buyer's.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the buyer ordered this job.</summary>
    public abstract bool Owns(VideoJobInput job);

    /// <summary>A wallet on one network: on another one, the same address may be somebody else's contract.</summary>
    public sealed record Wallet(EvmNetwork Network, EvmAddress Address) : Buyer
    {
        public override string JobPrefix => PaymentIdentity.PayerPrefix(Address);

        public override string Name => string.Create(CultureInfo.InvariantCulture, $"wallet:{Network.ChainId}:{Address}");

        public override bool Owns(VideoJobInput job) => job.Payment is { } payment && payment.Network == Network && payment.Authorization.Transfer.From == Address;
    }

    /// <summary>The holder of an API key.</summary>
    public sealed record ApiKey(string Id) : Buyer
    {
        public override string JobPrefix => JobIdentity.BuyerPrefixOfApiKey(Id);

        public override string Name => $"key:{Id}";

        public override bool Owns(VideoJobInput job) => job.ApiKeyId == Id;
    }
}
