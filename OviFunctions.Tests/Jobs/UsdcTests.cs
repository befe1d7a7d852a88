using System.Globalization;
using OviFunctions.Jobs;

namespace OviFunctions.Tests.Jobs;

public sealed class UsdcTests
{
    [Theory]
    [InlineData("0.42", 420_000)]
    [InlineData("0.000001", 1)]
    [InlineData("1000", 1_000_000_000)]
    [InlineData("0.4200000", 420_000)]
    public void ToAtomic_Amount_IsExactBothWays(string amount, long atomic)
    {
        var value = decimal.Parse(amount, CultureInfo.InvariantCulture);

        Assert.Equal(atomic, Usdc.ToAtomic(value));
        Assert.Equal(value, Usdc.FromAtomic(atomic));
    }

    [Fact]
    public void ToAtomic_MoreThanSixDecimals_IsRefusedInsteadOfRounded() =>
        Assert.Throws<ArgumentException>(() => Usdc.ToAtomic(0.4200001m));
}
