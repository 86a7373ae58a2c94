# Runs the quickstart; its options, such as --short, are passed on. Results: artifacts/quickstart.
Push-Location (Split-Path $PSScriptRoot)
try {
    . "$PSScriptRoot/prerequisites.ps1"
    dotnet run --project samples/Quickstart -c Release -- @args
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
