using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Hosting.Configuration;

namespace OviFunctions.Tests.Embedded.Hosting.Configuration;

public sealed class AppSettingReferencesTests
{
    private readonly List<string> _problems = [];

    [Theory]
    [InlineData("jobs/{id}", "jobs/{id}")]
    [InlineData("%Version%/jobs", "v1/jobs")]
    [InlineData("%version%/%Jobs__Path%", "v1/jobs")]
    [InlineData("50%", "50%")]
    public void Resolve_SettingsPresent_PutsThemIn(string text, string resolved)
    {
        Assert.Equal(resolved, Resolve(text));
        Assert.Empty(_problems);
    }

    [Fact]
    public void Resolve_SettingsMissing_NamesEach()
    {
        Assert.Null(Resolve("%One%/%Version%/%Two%"));
        Assert.Equal(2, _problems.Count);
        Assert.Contains("the app setting 'One', which is not set", _problems[0]);
        Assert.Contains("the app setting 'Two', which is not set", _problems[1]);
    }

    private string? Resolve(string text) => new AppSettingReferences(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Version"] = "v1", ["Jobs:Path"] = "jobs" })
        .Build()).Resolve(text, _problems);
}
