# Builds and runs the tests. --golden runs those alone that compare with the reference implementation, --quick leaves out the slow ones.
# Ends with the line "N passed, N failed".
Push-Location (Split-Path $PSScriptRoot)
try {
    . "$PSScriptRoot/prerequisites.ps1"
    $options = @($args)
    if ($options.Count -gt 0 -and $options[0] -eq '--golden') {
        $options = @('--filter-trait', 'Category=Golden', '--ignore-exit-code', '8') + @($options | Select-Object -Skip 1)
    }
    elseif ($options.Count -gt 0 -and $options[0] -eq '--quick') {
        $options = @('--filter-not-trait', 'Speed=Slow', '--ignore-exit-code', '8') + @($options | Select-Object -Skip 1)
    }

    # Two test projects at a time, each with one thread in libtorch: tests that wait leave their core to others.
    if (-not $env:OMP_NUM_THREADS) { $env:OMP_NUM_THREADS = '1' }
    $passed = 0
    $failed = 0
    dotnet test --solution LongAlign.Core.sln --max-parallel-test-modules 2 @options | ForEach-Object {
        if ($_ -match '^\s*succeeded: (\d+)') { $passed += [int]$Matches[1] }
        if ($_ -match '^\s*failed: (\d+)') { $failed += [int]$Matches[1] }
        $_
    }
    if ($LASTEXITCODE -ne 0 -and $failed -eq 0) {
        $failed = 1 # a build or a run that broke off
    }

    "$passed passed, $failed failed"
    exit [int]($failed -ne 0)
}
finally {
    Pop-Location
}
