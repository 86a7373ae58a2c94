using Apache.Arrow;
using Apache.Arrow.Types;

namespace LongAlign.Data.Store;

/// <summary>The Arrow schema: <c>input_ids</c> and <c>labels</c>, lists of 32-bit integers, none null; labels are not shifted, -100 is no target.</summary>
internal static class StoreSchema
{
    public const string InputIds = "input_ids";
    public const string Labels = "labels";

    public static Schema Schema { get; } = new([Column(InputIds), Column(Labels)], metadata: null);

    private static Field Column(string name) => new(name, new ListType(new Field("item", Int32Type.Default, nullable: true)), nullable: true);
}
