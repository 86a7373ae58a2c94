using LongAlign.Testing;

[assembly: AssemblyFixture(typeof(SingleThread))]
