using System.Globalization;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Dates as C's <c>strftime</c> writes them in the C locale.</summary>
internal static class DateFormat
{
    public static string Apply(string format, DateTimeOffset time)
    {
        StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            i++;
            bool isUnpadded = format[i] == '-' && i + 1 < format.Length;
            string part = Part(format[isUnpadded ? ++i : i], time);
            text.Append(isUnpadded && part.Length > 1 && char.IsAsciiDigit(part[0]) ? part.TrimStart('0') is { Length: > 0 } rest ? rest : "0" : part);
        }

        return text.ToString();
    }

    private static string Part(char letter, DateTimeOffset time) => letter switch
    {
        'a' => Net(time, "ddd"),
        'A' => Net(time, "dddd"),
        'b' or 'h' => Net(time, "MMM"),
        'B' => Net(time, "MMMM"),
        'c' => $"{Net(time, "ddd MMM")} {time.Day,2} {Net(time, "HH:mm:ss yyyy")}",
        'C' => Two(time.Year / 100),
        'd' => Net(time, "dd"),
        'D' or 'x' => Net(time, "MM'/'dd'/'yy"),
        'e' => $"{time.Day,2}",
        'f' => Net(time, "ffffff"),
        'F' => Net(time, "yyyy-MM-dd"),
        'g' => Two(ISOWeek.GetYear(time.DateTime) % 100),
        'G' => ISOWeek.GetYear(time.DateTime).ToString("0000", CultureInfo.InvariantCulture),
        'H' => Net(time, "HH"),
        'I' => Net(time, "hh"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Net(time, "MM"),
        'M' => Net(time, "mm"),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'r' => Net(time, "hh:mm:ss ") + (time.Hour < 12 ? "AM" : "PM"),
        'R' => Net(time, "HH:mm"),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Net(time, "ss"),
        't' => "\t",
        'T' or 'X' => Net(time, "HH:mm:ss"),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'U' => Two((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7),
        'V' => Two(ISOWeek.GetWeekOfYear(time.DateTime)),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'W' => Two((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7),
        'y' => Net(time, "yy"),
        'Y' => Net(time, "yyyy"),
        // Python's clock knows no zone unless it is given one.
        'z' or 'Z' => "",
        '%' => "%",
        _ => throw new JinjaException($"strftime_now() does not know '%{letter}'"),
    };

    private static string Net(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
