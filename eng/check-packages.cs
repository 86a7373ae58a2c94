#:property PublishAot=false
#:property NoWarn=$(NoWarn);CA1303;CA2007;EnableGenerateDocumentationFile

// Checks what `dotnet pack` wrote, as a build for release (CI=true): which packages there are, what each has inside, depends on and tells.
// The tool is packed and tried by eng/test-tool.sh.
//
//   dotnet run eng/check-packages.cs artifacts/packages
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

string root = Directory.GetCurrentDirectory();
string folder = args.Length == 1 ? args[0] : "artifacts/packages";
List<string> faults = [];

string version = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
// What the users of a package get with it. Another dependency is a decision: it stands here. Of packages of ours it is this version or a later one: none sees internals of another.
const string TorchSharp = "TorchSharp [0.107.0, 0.108.0)";
string Own(string name) => $"LongAlign.{name} {version}";
Dictionary<string, string[]> expectedDependencies = new()
{
    ["LongAlign.Core"] = ["Microsoft.Extensions.Logging.Abstractions 10.0.0", "System.Numerics.Tensors 11.0.0", TorchSharp],
    ["LongAlign.Models"] = [Own("Core")],
    ["LongAlign.Requests"] = ["Microsoft.Extensions.AI.Abstractions 10.11.0"],
    ["LongAlign.Data"] =
    [
        "Apache.Arrow 23.0.0", "Google.Protobuf 3.31.1", Own("Core"), Own("Requests"), "Microsoft.Extensions.FileSystemGlobbing 10.0.15",
        "Microsoft.ML.Tokenizers 2.0.1", "Parquet.Net 6.1.0", "ZstdSharp.Port 0.8.8",
    ],
    ["LongAlign.Chat"] = [Own("Data"), Own("Models"), "Microsoft.Extensions.AI.Abstractions 10.11.0"],
    ["LongAlign.Evaluation"] = [Own("Data"), Own("Models"), "MathNet.Numerics 5.0.0", "Microsoft.Extensions.AI.Evaluation 10.11.0"],
    ["LongAlign.Evaluation.Reports"] = [Own("Evaluation"), "SkiaSharp 3.119.4"],
    ["LongAlign.Distributed.Mpi"] = [Own("Core")],
};

string[] ids = [.. Directory.GetFiles(Path.Combine(root, "src"), "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetFileNameWithoutExtension(path)).Where(id => id != "LongAlign.Cli").Order(StringComparer.Ordinal)];
string[] expectedFiles = [.. ids.SelectMany(id => new[] { $"{id}.{version}.nupkg", $"{id}.{version}.snupkg" }).Order(StringComparer.Ordinal)];
string[] files = [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
Check(files.SequenceEqual(expectedFiles), $"{folder} holds {string.Join(", ", files)}; expected {string.Join(", ", expectedFiles)}.");
foreach (string id in ids.Where(id => files.Contains($"{id}.{version}.nupkg") && files.Contains($"{id}.{version}.snupkg")))
{
    CheckPackage(id);
}

foreach (string fault in faults)
{
    Console.Error.WriteLine(fault);
}

return faults.Count == 0 ? 0 : 1;

void Check(bool good, string fault)
{
    if (!good)
    {
        faults.Add(fault);
    }
}

void CheckPackage(string id)
{
    using ZipArchive package = ZipFile.OpenRead(Path.Combine(folder, $"{id}.{version}.nupkg"));
    using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(folder, $"{id}.{version}.snupkg"));
    XDocument nuspec = XDocument.Parse(Text(package, $"{id}.nuspec"));
    const string lib = "lib/net10.0";
    string[] needed = ["README.md", "icon.png", $"{lib}/{id}.dll", $"{lib}/{id}.xml"];
    string[] missing = [.. needed.Where(name => package.GetEntry(name) is null), .. new[] { $"{lib}/{id}.pdb" }.Where(name => symbols.GetEntry(name) is null)];
    Check(missing.Length == 0, $"{id} lacks {string.Join(", ", missing)}.");
    if (missing.Length > 0)
    {
        return;
    }

    CheckNuspec(id, nuspec);
    CheckReadme(id, Text(package, "README.md"));
    CheckIcon(id, Bytes(package, "icon.png"));
    CheckAssembly(id, Bytes(package, $"{lib}/{id}.dll"), Bytes(symbols, $"{lib}/{id}.pdb"));
    Console.WriteLine($"{id} {version}: {Bytes(package, $"{lib}/{id}.dll").Length / 1024:N0} KiB; {string.Join(", ", Dependencies(nuspec))}");
}

void CheckNuspec(string id, XDocument nuspec)
{
    string Value(string name) => nuspec.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
    Check(Value("id") == id && Value("version") == version, $"{id}: the nuspec is of {Value("id")} {Value("version")}.");
    Check(Value("license") == "MIT" && nuspec.Descendants().Any(element => (string?)element.Attribute("type") == "expression"), $"{id} has no licence expression MIT.");
    Check(Value("readme") == "README.md" && Value("icon") == "icon.png", $"{id} does not name its README and its icon.");
    Check(Value("description").Length is > 40 and < 400, $"{id}: the description has {Value("description").Length} characters; expected 40 to 400.");
    Check(Value("tags").Split(' ') is var tags && tags.Contains("longalign") && tags.Length > 6, $"{id}: the tags are '{Value("tags")}'; expected those of all packages and its own.");
    Check(Value("authors").Length > 0 && Value("copyright").Length > 0, $"{id} has no authors or no copyright.");
    Check(ReleaseNotes().Contains(Value("releaseNotes").ReplaceLineEndings("\n"), StringComparison.Ordinal) && Value("releaseNotes").StartsWith("### ", StringComparison.Ordinal), $"{id}: the release notes are not those of CHANGELOG.md.");
    XElement? repository = nuspec.Descendants().FirstOrDefault(element => element.Name.LocalName == "repository");
    Check(((string?)repository?.Attribute("commit"))?.Length == 40, $"{id} does not tell its commit.");
    string[] expected = expectedDependencies.GetValueOrDefault(id, []);
    string[] found = [.. Dependencies(nuspec)];
    Check(found.SequenceEqual(expected), $"{id} depends on {string.Join(", ", found)}; expected {string.Join(", ", expected)}.");
}

void CheckReadme(string id, string readme)
{
    Check(readme.Contains($"dotnet add package {id}\n", StringComparison.Ordinal), $"{id}: its README does not say how to install it.");
    Check(readme.Contains("```", StringComparison.Ordinal), $"{id}: its README shows no code.");
    // The gallery has the README alone, so a relative link leads nowhere.
    string[] relative = [.. Regex.Matches(readme, @"\]\((?!https://|#)[^)]*\)").Select(match => match.Value)];
    Check(relative.Length == 0, $"{id}: its README has relative links: {string.Join(", ", relative)}.");
    Check(readme.Contains("Trimming and AOT compilation\nare not supported", StringComparison.Ordinal), $"{id}: its README does not tell of trimming and AOT.");
}

void CheckIcon(string id, byte[] png)
{
    (int width, int height) = ((png[18] << 8) | png[19], (png[22] << 8) | png[23]); // of the header; the upper bytes are 0 below 65,536
    Check(width == 128 && height == 128 && png.Length < 1_000_000, $"{id}: the icon is {width} x {height} and {png.Length:N0} bytes; expected 128 x 128, below 1 MB.");
}

void CheckAssembly(string id, byte[] dll, byte[] pdb)
{
    using PEReader image = new(new MemoryStream(dll));
    var debug = image.ReadDebugDirectory();
    Check(debug.Any(entry => entry.Type == DebugDirectoryEntryType.Reproducible), $"{id} is not deterministic.");
    string pdbPath = image.ReadCodeViewDebugDirectoryData(debug.Single(entry => entry.Type == DebugDirectoryEntryType.CodeView)).Path;

    using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbImage([.. pdb]);
    MetadataReader reader = provider.GetMetadataReader();
    string[] paths = [pdbPath, .. reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name))];
    string? own = paths.FirstOrDefault(path => !path.StartsWith("/_/", StringComparison.Ordinal) && Path.IsPathRooted(path));
    Check(own is null, $"{id} tells where it was built ({own}); build with CI=true.");

    // A clone from a host that SourceLink knows has an address for the sources; any other has none to give.
    bool linked = reader.CustomDebugInformation.Any(handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind) == new Guid("CC110556-A091-4D38-9FEC-25AB9A351A6A"));
    Check(linked || !RemoteIsPublic(), $"{id} has no SourceLink, though the repository has a public remote.");

    MetadataReader metadata = image.GetMetadataReader();
    string[] claims = [.. metadata.GetAssemblyDefinition().GetCustomAttributes().Select(handle => Encoding.UTF8.GetString(metadata.GetBlobBytes(metadata.GetCustomAttribute(handle).Value)))
        .Where(value => value.Contains("IsTrimmable", StringComparison.Ordinal) || value.Contains("IsAotCompatible", StringComparison.Ordinal))];
    Check(claims.Length == 0, $"{id} claims to be fit for trimming or AOT, which TorchSharp is not.");
}

IEnumerable<string> Dependencies(XDocument nuspec) =>
    from dependency in nuspec.Descendants()
    where dependency.Name.LocalName == "dependency"
    let name = (string)dependency.Attribute("id")!
    orderby name
    select $"{name} {(string)dependency.Attribute("version")!}";

string ReleaseNotes() => File.ReadAllText(Path.Combine(root, "CHANGELOG.md")).ReplaceLineEndings("\n");

bool RemoteIsPublic() => File.Exists(Path.Combine(root, ".git", "config")) && File.ReadAllText(Path.Combine(root, ".git", "config")).Contains("github.com", StringComparison.Ordinal);

string Text(ZipArchive archive, string name) => Encoding.UTF8.GetString(Bytes(archive, name)).TrimStart('\uFEFF').ReplaceLineEndings("\n");

byte[] Bytes(ZipArchive archive, string name)
{
    using Stream stream = archive.GetEntry(name)!.Open();
    using MemoryStream copy = new();
    stream.CopyTo(copy);
    return copy.ToArray();
}
