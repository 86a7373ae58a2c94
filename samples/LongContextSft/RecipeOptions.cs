using System.Globalization;

namespace LongContextSft;

/// <summary>The command line.</summary>
internal sealed record RecipeOptions
{
    private const string Usage = """
        Usage: LongContextSft [options]
          --model FOLDER       a Hugging Face folder; without it, a tiny Llama with random weights
          --data PATH …        chats: JSON Lines, ShareGPT, Parquet, .gz, .zst, folders, patterns; without it, the shipped sample data
          --out FOLDER         the folder of all results (artifacts/long-context-sft)
          --template NAME      such as LongAlignLlama (default; LongAlignChatGlm for ChatGLM), Llama3, ChatMl; "model" for the folder's own
          --hold-out N         conversations to evaluate and not to train on (20)
          --max-length N       the most tokens of a conversation; longer ones lose the middle of their document (the model's positions)
          --capacity N         tokens of a pack (the maximal length)
          --extend-context     RoPE base x 200 and 65,536 positions, as in the paper
          --lora RANK          train low-rank adapters instead of the whole model
          --bf16               bfloat16, with float32 master weights
          --learning-rate X    2e-5; with --lora 2e-4; for random weights 2e-3
          --global-batch N     sequences of a step over all processes (as many as have the tokens of --accumulation packs a process)
          --accumulation N     packs of a step on each process, on average (1; the paper's 8 GPUs have 8 together)
          --epochs N           (2; 1 without --model), or --steps N
          --eval-every N       steps (50)
          --save-every N       steps (50)
          --resume             resume from the newest whole checkpoint of --out, or begin if there is none
          --seed N             (42)
          --mpi                started by mpirun: every process takes its share of a step
        """;

    public string? Model { get; private set; }

    public IReadOnlyList<string> Data { get; private set; } = [];

    public string Out { get; private set; } = Path.Combine("artifacts", "long-context-sft");

    public string? Template { get; private set; }

    public int HoldOut { get; private set; } = 20;

    public int? MaxLength { get; private set; }

    public int? Capacity { get; private set; }

    public bool ExtendContext { get; private set; }

    public int? LoraRank { get; private set; }

    public bool BFloat16 { get; private set; }

    public double? LearningRate { get; private set; }

    public int? GlobalBatchSize { get; private set; }

    public int? Accumulation { get; private set; }

    public int? Epochs { get; private set; }

    public int? Steps { get; private set; }

    public int EvalEvery { get; private set; } = 50;

    public int SaveEvery { get; private set; } = 50;

    public bool Resume { get; private set; }

    public ulong Seed { get; private set; } = 42;

    public bool Mpi { get; private set; }

    /// <summary>Reads the command line; ends the program with a sentence where it can't.</summary>
    public static RecipeOptions Parse(string[] args)
    {
        RecipeOptions options = new();
        for (int i = 0; i < args.Length;)
        {
            string name = args[i++];
            switch (name)
            {
                case "--model": options.Model = Value(); break;
                case "--data": options.Data = [.. Values()]; break;
                case "--out": options.Out = Value(); break;
                case "--template": options.Template = Value(); break;
                case "--hold-out": options.HoldOut = Count(); break;
                case "--max-length": options.MaxLength = Count(); break;
                case "--capacity": options.Capacity = Count(); break;
                case "--extend-context": options.ExtendContext = true; break;
                case "--lora": options.LoraRank = Count(); break;
                case "--bf16": options.BFloat16 = true; break;
                case "--learning-rate": options.LearningRate = Number(); break;
                case "--global-batch": options.GlobalBatchSize = Count(); break;
                case "--accumulation": options.Accumulation = Count(); break;
                case "--epochs": options.Epochs = Count(); break;
                case "--steps": options.Steps = Count(); break;
                case "--eval-every": options.EvalEvery = Count(); break;
                case "--save-every": options.SaveEvery = Count(); break;
                case "--resume": options.Resume = true; break;
                case "--seed": options.Seed = (ulong)Count(); break;
                case "--mpi": options.Mpi = true; break;
                case "--help": Stop(null, 0); break;
                default: Stop($"'{name}' is not an option.", 2); break;
            }

            string Value()
            {
                if (i == args.Length || IsOption(args[i]))
                {
                    Stop($"{name} has no value.", 2);
                }

                return args[i++];
            }

            IEnumerable<string> Values()
            {
                yield return Value();
                while (i < args.Length && !IsOption(args[i]))
                {
                    yield return args[i++];
                }
            }

            int Count()
            {
                string text = Value();
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count == 0)
                {
                    Stop($"{name} is '{text}'; expected a whole number of at least 1.", 2);
                }

                return count;
            }

            double Number()
            {
                string text = Value();
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number) || number <= 0)
                {
                    Stop($"{name} is '{text}'; expected a positive number such as 2e-5.", 2);
                }

                return number;
            }
        }

        if (options is { GlobalBatchSize: not null, Accumulation: not null })
        {
            Stop("--global-batch and --accumulation both say how large a step is; expected one of them.", 2);
        }

        if (options is { Epochs: not null, Steps: not null })
        {
            Stop("--epochs and --steps say the same thing twice; expected one of them.", 2);
        }

        return options;
    }

    private static bool IsOption(string text) => text.StartsWith("--", StringComparison.Ordinal);

    private static void Stop(string? fault, int exitCode)
    {
        TextWriter writer = exitCode == 0 ? Console.Out : Console.Error;
        if (fault is not null)
        {
            writer.WriteLine(fault);
        }

        writer.WriteLine(Usage);
        Environment.Exit(exitCode);
    }
}
