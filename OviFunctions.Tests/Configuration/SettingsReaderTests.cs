using Microsoft.Extensions.Configuration;
using OviFunctions.Configuration;

namespace OviFunctions.Tests.Configuration;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Read_NothingButWhatIsRequired_HasTheDefaults()
    {
        var shop = Read(("Name", "corner"));

        Assert.Equal(("corner", 5, 0.5, 0.42m, true, Size.Small), (shop.Name, shop.Count, shop.Ratio, shop.Price, shop.Open, shop.Size));
        Assert.Null(shop.Url);
        Assert.Empty(shop.Tags);
        Assert.Empty(shop.Rooms);
        Assert.Equal("x", shop.Desk.Drawer);
    }

    [Fact]
    public void Read_EveryKindOfValue_IsTaken()
    {
        var shop = Read(
            ("Name", " corner "), ("Count", "9"), ("Ratio", "2.5e-1"), ("Price", "1.25"), ("Open", "FALSE"), ("Size", "large"),
            ("Url", "https://example.com/a"), ("Tags:0", "a"), ("Tags:1", "b"), ("Rooms:0:Number", "1"), ("Rooms:1:Number", "2"), ("Rooms:2:Number", "3"), ("Desk:Drawer", "y"));

        Assert.Equal(("corner", 9, 0.25, 1.25m, false, Size.Large), (shop.Name, shop.Count, shop.Ratio, shop.Price, shop.Open, shop.Size));
        Assert.Equal(new Uri("https://example.com/a"), shop.Url);
        Assert.Equal(["a", "b"], shop.Tags);
        Assert.Equal([1, 2, 3], shop.Rooms.Select(r => r.Number));
        Assert.Equal("y", shop.Desk.Drawer);
    }

    [Fact]
    public void Read_TwelveEntries_KeepTheOrderOfTheirNumbers()
    {
        var entries = Enumerable.Range(0, 12).Select(i => ($"Tags:{i}", $"t{i}")).Prepend(("Name", "corner")).Reverse().ToArray();

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"t{i}"), Read(entries!).Tags);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Inspect_RequiredValueIsNotThere_SaysWhatItShouldBe(string? value)
    {
        var problem = Assert.Single(Problems(("Name", value)));

        Assert.Equal("Name", problem.Key);
        Assert.Equal("is missing. The shop's name. For example corner", problem.Problem);
    }

    [Theory]
    [InlineData("Count", "many", "\"many\" is not a whole number")]
    [InlineData("Count", "1.5", "\"1.5\" is not a whole number")]
    [InlineData("Count", "99999999999", "\"99999999999\" is not a whole number")]
    [InlineData("Ratio", "1,5", "\"1,5\" is not a number (with a point, no thousands separator)")]
    [InlineData("Price", "$1", "\"$1\" is not a number")]
    [InlineData("Open", "yes", "\"yes\" is not true or false")]
    [InlineData("Size", "huge", "\"huge\" is not one of Small, Large")]
    [InlineData("Size", "7", "\"7\" is not one of Small, Large")]
    [InlineData("Url", "example.com", "\"example.com\" is not an http or https URL")]
    [InlineData("Url", "ftp://example.com", "\"ftp://example.com\" is not an http or https URL")]
    [InlineData("Url", "/etc/passwd", "\"/etc/passwd\" is not an http or https URL")]
    public void Inspect_UnreadableValue_SaysWhatItShouldBe(string key, string value, string expected)
    {
        var problem = Assert.Single(Problems(("Name", "corner"), (key, value)));

        Assert.Equal(key, problem.Key);
        Assert.StartsWith(expected, problem.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Count", "0", "1 to 10")]
    [InlineData("Count", "11", "1 to 10")]
    [InlineData("Ratio", "-0.1", "0 to 1")]
    [InlineData("Ratio", "1.1", "0 to 1")]
    [InlineData("Ratio", "NaN", "0 to 1")]
    [InlineData("Ratio", "Infinity", "0 to 1")]
    [InlineData("Price", "0.000000001", "0.01 to 100")]
    public void Inspect_ValueOutOfRange_NamesTheRange(string key, string value, string range)
    {
        var problem = Assert.Single(Problems(("Name", "corner"), (key, value)));

        Assert.Equal(key, problem.Key);
        Assert.StartsWith($"{value} is out of range: it should be {range}. ", problem.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Count", "1")]
    [InlineData("Count", "10")]
    [InlineData("Ratio", "0")]
    [InlineData("Ratio", "1")]
    public void Inspect_ValueAtTheEdge_IsTaken(string key, string value) => Assert.Empty(Problems(("Name", "corner"), (key, value)));

    [Theory]
    [InlineData("Desk:Drawr", "is not a setting. Under Desk there are: Drawer, Key.")]
    [InlineData("Rooms:0:Colour", "is not a setting. Under Rooms:0 there are: Number.")]
    public void Inspect_UnknownKey_ListsTheKnownOnes(string key, string expected)
    {
        var problem = Assert.Single(Problems(("Name", "corner"), ("Rooms:0:Number", "1"), (key, "v-123")));

        Assert.Equal((key, expected), (problem.Key, problem.Problem));
    }

    [Fact]
    public void Inspect_StrangersAtTheRoot_AreIgnored() => Assert.Empty(Problems(("Name", "corner"), ("PATH", "/bin"), ("Logging:Level", "x")));

    [Theory]
    [InlineData("Tags", "a")]
    [InlineData("Rooms", "1")]
    public void Inspect_ListGivenAsOneValue_IsNotDroppedInSilence(string key, string value)
    {
        var problem = Assert.Single(Problems(("Name", "corner"), (key, value)));

        Assert.Equal(key, problem.Key);
        Assert.StartsWith($"is a list: its first entry is {key}:0. ", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_RequiredListIsEmpty_NamesItsFirstEntry()
    {
        var problem = Assert.Single(SettingsReader.Inspect<Chain>(Configuration()).Problems);

        Assert.Equal("Shops:0", problem.Key);
    }

    [Fact]
    public void Inspect_Secret_IsNeverPrinted()
    {
        var (_, values, problems) = SettingsReader.Inspect<Shop>(Configuration(
            ("Name", "corner"), ("Desk:Key", "hunter2"), ("Pin", "12x4"), ("Door", "ssh://me:hunter2@host")));

        Assert.Equal(["Pin", "Door"], problems.Select(p => p.Key));
        Assert.DoesNotContain(problems, p => p.Problem.Contains("12x4", StringComparison.Ordinal) || p.Problem.Contains("hunter2", StringComparison.Ordinal));
        Assert.All(["Desk:Key", "Pin", "Door"], key => Assert.Equal("(set)", values.Single(v => v.Key == key).Value));
    }

    [Fact]
    public void Inspect_Values_SayWhichAreDefaults()
    {
        var (_, values, _) = SettingsReader.Inspect<Shop>(Configuration(("Name", "corner"), ("Tags:0", "a"), ("Count", "5")));

        Assert.Equal(("corner", false), Of("Name"));
        Assert.Equal(("5", false), Of("Count"));
        Assert.Equal(("0.42", true), Of("Price"));
        Assert.Equal(("(not set)", true), Of("Url"));
        Assert.Equal(("(not set)", true), Of("Desk:Key"));
        Assert.Equal(("a", false), Of("Tags:0"));

        (string, bool) Of(string key) => values.Where(v => v.Key == key).Select(v => (v.Value, v.IsDefault)).Single();
    }

    [Fact]
    public void Inspect_ProblemsOfEveryGroup_AreFoundInOneRun()
    {
        var problems = Problems(("Count", "x"), ("Ratio", "2"), ("Desk:Drawer", "?"), ("Desk:Knob", "1"), ("Rooms:0:Number", "0"), ("Rooms:1:Nmber", "1"));

        Assert.Equal(
            ["Name", "Count", "Ratio", "Rooms:0:Number", "Rooms:1:Nmber", "Desk:Knob", "Desk:Drawer", "Rooms"],
            problems.Select(p => p.Key));
    }

    [Fact]
    public void Inspect_ValueThatCouldNotBeRead_IsReportedOnce()
    {
        // The rule of the root would complain about the default of Size.
        Assert.Equal(["Size"], Problems(("Name", "tiny"), ("Size", "?")).Select(p => p.Key));
        Assert.Equal(["Size"], Problems(("Name", "tiny"), ("Size", "Small")).Select(p => p.Key));
        Assert.Empty(Problems(("Name", "tiny"), ("Size", "Large")));
    }

    [Fact]
    public void Read_Problems_AreAllInTheMessage()
    {
        var e = Assert.Throws<SettingsException>(() => Read(("Count", "x"), ("Desk:Knob", "1")));

        Assert.Equal(3, e.Problems.Count);
        Assert.Equal(
            [
                "The settings have 3 problem(s):",
                "  Name: is missing. The shop's name. For example corner",
                "  Count: \"x\" is not a whole number. How many.",
                "  Desk:Knob: is not a setting. Under Desk there are: Drawer, Key.",
            ],
            e.Message.Split(Environment.NewLine));
    }

    private static Shop Read(params (string Key, string? Value)[] values) => SettingsReader.Read<Shop>(Configuration(values));

    private static IReadOnlyList<SettingProblem> Problems(params (string Key, string? Value)[] values) =>
        SettingsReader.Inspect<Shop>(Configuration(values)).Problems;

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(v => v.Key, v => v.Value)).Build();

    private enum Size
    {
        Small,
        Large,
    }

    private sealed class Shop : ISettingRules
    {
        [Setting("The shop's name.", Required = true, Example = "corner")]
        public string Name { get; set; } = "";

        [Setting("How many.", Min = 1, Max = 10)]
        public int Count { get; set; } = 5;

        [Setting("A part.", Min = 0, Max = 1)]
        public double Ratio { get; set; } = 0.5;

        [Setting("What it costs.", Min = 0.01, Max = 100)]
        public decimal Price { get; set; } = 0.42m;

        [Setting("Whether it is open.")]
        public bool Open { get; set; } = true;

        [Setting("How large.")]
        public Size Size { get; set; }

        [Setting("Where it is.")]
        public Uri? Url { get; set; }

        [Setting("A number that nobody may see.", Secret = true)]
        public int? Pin { get; set; }

        [Setting("A URL that nobody may see.", Secret = true)]
        public Uri? Door { get; set; }

        [Setting("Words.")]
        public List<string> Tags { get; set; } = [];

        [Setting("Rooms.")]
        public List<Room> Rooms { get; set; } = [];

        public Desk Desk { get; set; } = new();

        public IEnumerable<SettingProblem> Check(string path)
        {
            if (Name == "tiny" && Size == Size.Small) yield return new("Size", "is small twice.");
            if (Rooms.Count == 2) yield return new("Rooms", "are an even number.");
        }
    }

    private sealed class Room
    {
        [Setting("The number on the door.", Min = 1, Max = 99)]
        public int Number { get; set; } = 1;
    }

    private sealed class Desk : ISettingRules
    {
        [Setting("What is in it.")]
        public string Drawer { get; set; } = "x";

        [Setting("Its key.", Secret = true)]
        public string? Key { get; set; }

        public IEnumerable<SettingProblem> Check(string path)
        {
            if (Drawer == "?") yield return new(path + "Drawer", "is a riddle.");
        }
    }

    private sealed class Chain
    {
        [Setting("All of them.", Required = true)]
        public List<Shop> Shops { get; set; } = [];
    }
}
