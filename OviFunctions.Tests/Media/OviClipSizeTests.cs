using OviFunctions.Media;

namespace OviFunctions.Tests.Media;

public sealed class OviClipSizeTests
{
    // From the engine's own function, run with these images.
    [Theory]
    [InlineData("992x512", "992x512")]
    [InlineData("512x992", "512x992")]
    [InlineData("960x512", "992x512")]
    [InlineData("512x960", "512x992")]
    [InlineData("448x1120", "448x1152")]
    [InlineData("1120x448", "1152x448")]
    [InlineData("720x720", "704x704")]
    [InlineData("64x64", "704x704")]
    [InlineData("5000x5000", "704x704")]
    [InlineData("1920x1080", "960x544")]
    public void Of_Image_IsWhatTheEngineMakes(string image, string clip) =>
        Assert.Equal(clip, OviClipSize.Of(PixelSize.Parse(image)).ToString());

    [Theory]
    [InlineData(32, 50_000)]
    [InlineData(50_000, 32)]
    [InlineData(1, 1)]
    public void Of_ExtremeShape_IsASizeOfWholeBlocks(int width, int height)
    {
        var size = OviClipSize.Of(new PixelSize(width, height));

        Assert.True(size is { Width: >= 32, Height: >= 32 } && size.Width % 32 == 0 && size.Height % 32 == 0, size.ToString());
    }
}
