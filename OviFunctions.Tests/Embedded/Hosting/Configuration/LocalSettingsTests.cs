using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Configuration;

public sealed class LocalSettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<string> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_FileOfADeveloper_GivesValuesPortAndCors()
    {
        var settings = Read("""
            {
              // comments are fine
              "IsEncrypted": false,
              "Values": { "A__B": "1", "Flag": true, "Number": 7, "Empty": "", "Missing": null, },
              "Host": { "LocalHttpPort": 7072, "CORS": "http://localhost:3000, https://app.example", "CORSCredentials": true },
            }
            """);

        Assert.Empty(_problems);
        Assert.Equal(
            new Dictionary<string, string?> { ["A:B"] = "1", ["Flag"] = "True", ["Number"] = "7", ["Empty"] = "" }, settings.Values);
        Assert.Equal(7072, settings.Port);
        Assert.Equal(["http://localhost:3000", "https://app.example"], settings.CorsOrigins);
        Assert.True(settings.CorsCredentials);
    }

    [Fact]
    public void Read_ConnectionStrings_AreSettingsOfThatSection()
    {
        var settings = Read("""
            { "ConnectionStrings": { "One": "Server=1", "Two": { "ConnectionString": "Server=2", "ProviderName": "System.Data.SqlClient" } } }
            """);

        Assert.Equal(
            new Dictionary<string, string?> { ["ConnectionStrings:One"] = "Server=1", ["ConnectionStrings:Two"] = "Server=2" }, settings.Values);
    }

    [Theory]
    [InlineData("""{ "IsEncrypted": true, "Values": { "A": "x" } }""", "is encrypted. Run 'func settings decrypt'")]
    [InlineData("""{ "Values": { "A": { "B": "x" } } }""", "Values.A is not a string")]
    [InlineData("""{ "ConnectionStrings": { "A": { "B": "x" } } }""", "ConnectionStrings.A is not a string")]
    [InlineData("""{ "Host": { "LocalHttpPort": 70000 } }""", "LocalHttpPort is '70000'")]
    [InlineData("""{ "Host": { "CORS": "*", "CORSCredentials": true } }""", "CORSCredentials needs origins by name")]
    [InlineData("""{ "Values": """, "cannot be read")]
    public void Read_UnusableFile_SaysWhatIsWrong(string content, string problem)
    {
        var settings = Read(content);

        Assert.Contains(problem, Assert.Single(_problems));
        Assert.Empty(settings.Values);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    public void Read_NothingSet_GivesDefaults(string content)
    {
        var settings = Read(content);

        Assert.Empty(_problems);
        Assert.Null(settings.Port);
        Assert.Empty(settings.CorsOrigins);
    }

    private LocalSettings Read(string content) => LocalSettings.Read(_folder.Write("local.settings.json", content)["local.settings.json"], _problems);
}
