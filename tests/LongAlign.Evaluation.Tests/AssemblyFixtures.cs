
[assembly: AssemblyFixture(typeof(SingleThread))]
