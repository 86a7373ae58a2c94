namespace LongAlign.Data;

/// <summary>Writes a file beside its place and moves it there when it is whole.</summary>
internal static class WholeFile
{
    public static T Write<T>(string path, Func<string, T> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            T result = write(temporary);
            File.Move(temporary, path, overwrite: true);
            return result;
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
