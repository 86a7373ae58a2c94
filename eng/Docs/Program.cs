// What the documentation site needs beside the pages in docs/: an API reference made from the libraries and their XML comments, pages of
// the repository's files that other pages link to, and a check of every link. `eng/docs.sh` calls it; each fault ends it with code 1.
//
//   dotnet run --project eng/Docs -- pages REPOSITORY FOLDER      writes the site's pages to FOLDER
//   dotnet run --project eng/Docs -- links REPOSITORY [SITE]      checks the Markdown files of the repository, and the built site
using Docs;

switch (args)
{
    case ["pages", string repository, string folder]:
        RepositoryPages.Write(Path.GetFullPath(repository), folder);
        PublicApi api = PublicApi.Load();
        ApiReference.Write(api, Path.Combine(folder, "api"));
        return Report(api.Faults, $"{api.Types.Count} types in {api.Namespaces.Count} namespaces, {api.MemberCount} members");
    case ["links", string repository, .. { Length: <= 1 } site]:
        LinkCheck check = new();
        check.CheckMarkdown(Path.GetFullPath(repository));
        if (site is [string built])
        {
            check.CheckSite(Path.GetFullPath(built));
        }

        return Report(check.Faults, $"{check.Count} links");
    default:
        Console.Error.WriteLine("Expected: pages REPOSITORY FOLDER, or links REPOSITORY [SITE].");
        return 2;
}

static int Report(IReadOnlyCollection<string> faults, string counted)
{
    foreach (string fault in faults)
    {
        Console.Error.WriteLine(fault);
    }

    Console.WriteLine($"{counted}: {(faults.Count == 0 ? "no fault" : $"faults: {faults.Count}")}");
    return faults.Count == 0 ? 0 : 1;
}
