using System.Globalization;
using LongAlign.EvaluationHost;

// LongAlign.EvaluationHost ADDRESS FOLDER CONCURRENCY
// Evaluates the model behind an address as EvaluationRun says; killed, it goes on from its journal.
await EvaluationRun.RunAsync(new Uri(args[0]), args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
