# Dot-sourced by the entry points. Says in one plain sentence what is missing for TorchSharp. Installs nothing.

function Stop-WithMessage([string] $message) {
    [Console]::Error.WriteLine($message)
    exit 1
}

function Test-DotnetSdk {
    $download = 'https://dotnet.microsoft.com/download/dotnet/10.0'
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        Stop-WithMessage "The .NET 10 SDK is missing: install it from $download and run this again."
    }

    $message = (dotnet --version 2>&1) -join ' '
    if ($LASTEXITCODE -eq 0) {
        return
    }

    $sdks = @(dotnet --list-sdks 2>$null | ForEach-Object { ($_ -split ' ')[0] })
    if ($sdks -like '10.*') {
        Stop-WithMessage "The .NET SDK ($($sdks -join ' ')) is installed but does not start: $(($message -split '   at ')[0])"
    }

    $found = if ($sdks) { $sdks -join ' ' } else { 'none' }
    # dotnet's own message about global.json is long; this one is short.
    Stop-WithMessage "No .NET 10 SDK was found beside the installed ones ($found): install it from $download and run this again."
}

# The libstdc++ that the loader takes: LD_LIBRARY_PATH first, then its cache; 64-bit libraries alone.
function Find-Libstdcxx {
    foreach ($directory in "$env:LD_LIBRARY_PATH" -split ':') {
        if ($directory -and [IO.File]::Exists("$directory/libstdc++.so.6")) {
            return "$directory/libstdc++.so.6"
        }
    }

    $ldconfig = 'ldconfig', '/sbin/ldconfig', '/usr/sbin/ldconfig' |
        Where-Object { Get-Command $_ -ErrorAction SilentlyContinue } | Select-Object -First 1
    if (-not $ldconfig) {
        return $null
    }

    $line = & $ldconfig -p 2>$null | Where-Object { $_ -match 'libstdc\+\+\.so\.6 .*(x86-64|AArch64)' } | Select-Object -First 1
    if ($line) { return ($line -split ' => ')[-1].Trim() } else { return '' }
}

# TorchSharp 0.107 is built with GCC 13 or newer: its native library asks for this symbol version.
function Test-Libstdcxx {
    $library = Find-Libstdcxx
    if ($null -eq $library) {
        return # Not every Linux has an ldconfig to ask; the library itself reports what is missing there.
    }

    if ($library -and [Text.Encoding]::ASCII.GetString([IO.File]::ReadAllBytes($library)).Contains('GLIBCXX_3.4.32')) {
        return
    }

    Stop-WithMessage ('TorchSharp needs a libstdc++ with GLIBCXX_3.4.32 (GCC 13; Debian 13, Ubuntu 24.04, Fedora 38 or newer have it), ' +
        "and this system's is older: use one of those systems or a .NET 10 SDK container image, install a newer libstdc++6 " +
        '(on Ubuntu 22.04: from ppa:ubuntu-toolchain-r/test), or on Debian 12 run eng/quickstart.sh as root, which installs it.')
}

Test-DotnetSdk
# Windows PowerShell 5 has no such variable.
if (Get-Variable IsLinux -ValueOnly -ErrorAction SilentlyContinue) {
    Test-Libstdcxx
}
