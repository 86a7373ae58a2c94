using System.Text.RegularExpressions;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>CHANGELOG.md has the form of keepachangelog.com: the packages' release notes are cut out of it.</summary>
public sealed partial class ChangelogTests
{
    private static readonly string[] Kinds = ["### Added", "### Changed", "### Deprecated", "### Removed", "### Fixed", "### Security"];

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "CHANGELOG.md"));

    [Fact]
    public void Versions_stand_newest_first_with_their_dates()
    {
        string[] headings = [.. Lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal))];
        Assert.Equal("## [Unreleased]", headings[0]);
        Assert.All(headings[1..], heading => Assert.Matches(VersionHeading(), heading));
        Version[] versions = [.. headings[1..].Select(heading => Version.Parse(VersionHeading().Match(heading).Groups[1].Value))];
        Assert.Equal(versions.OrderDescending(), versions);
    }

    [Fact]
    public void Changes_stand_under_the_six_kinds() =>
        Assert.All(Lines.Where(line => line.StartsWith("### ", StringComparison.Ordinal)), line => Assert.Contains(line, Kinds));

    [GeneratedRegex(@"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$")]
    private static partial Regex VersionHeading();
}
