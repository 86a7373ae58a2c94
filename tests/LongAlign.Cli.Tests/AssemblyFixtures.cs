[assembly: AssemblyFixture(typeof(SingleThread))]
