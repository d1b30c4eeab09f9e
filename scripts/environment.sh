# Sourced by demo.sh and test.sh: finds Python, makes .venv in the checkout, installs into it once.
# shellcheck shell=bash

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python="$checkout/.venv/bin/python"
constraints="$checkout/constraints/core.txt"
default_torch=$(grep '^torch==' "$constraints")

say() { printf '== %s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

is_supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' >/dev/null 2>&1; }

# Prints the first Python 3.12 or 3.11 on the PATH. A name alone proves nothing: version managers leave shims that do not run.
find_python() {
    local name version found=""
    for name in python3.12 python3.11 python3 python; do
        if is_supported "$name"; then
            command -v "$name"
            return
        fi
        version=$("$name" --version 2>/dev/null) && found="${found:-$version}"
    done
    fail "textguide needs Python 3.11 or 3.12 and found ${found:-no Python}; install one of them and run this again"
}

# A bare Debian or Ubuntu python3 has venv without ensurepip: pip then comes through the system's pip, or by get-pip.py, pip's
# own bootstrap. No root is needed.
make_venv() {
    local base="$1"
    say "making .venv with $("$base" --version)"
    if "$base" -c 'import ensurepip' >/dev/null 2>&1; then
        "$base" -m venv --clear "$checkout/.venv"
        return
    fi
    say "this Python has no ensurepip: fetching pip"
    if ! "$base" -m venv --clear --without-pip "$checkout/.venv" || ! fetch_pip "$base" 2>/dev/null; then
        rm -rf "$checkout/.venv"
        fail "pip could not be fetched; install python3-venv, or another Python 3.11 or 3.12, and run this again"
    fi
}

fetch_pip() {
    local bootstrap="$checkout/.venv/get-pip.py"
    "$1" -m pip --python "$python" install --quiet pip && return
    "$python" -c 'import sys, urllib.request as r; r.urlretrieve(*sys.argv[1:])' \
        https://bootstrap.pypa.io/get-pip.py "$bootstrap" && "$python" "$bootstrap" --quiet
}

# What an installation depends on; the place of the checkout is part of it, because an editable install points there.
fingerprint() {
    { cat "$checkout/pyproject.toml" "$constraints" && "$python" --version && echo "$checkout $1"; } | sha256sum | cut -d' ' -f1
}

# torch comes first and by itself, so that TEXTGUIDE_TORCH can choose another build of it and nothing later replaces it.
install() {
    local extras="$1" torch="$2" pins="$constraints"
    if [ "$torch" != "$default_torch" ]; then
        pins="$checkout/.venv/constraints.txt"
        grep -v '^torch==' "$constraints" >"$pins"
    fi
    say "installing PyTorch ($torch); the first time this takes minutes"
    # The words of TEXTGUIDE_TORCH are arguments of pip: a requirement and, if need be, an option.
    # shellcheck disable=SC2086
    "$python" -m pip install --constraint "$pins" $torch
    say "installing textguide[$extras]"
    "$python" -m pip install --constraint "$pins" --editable "$checkout[$extras]"
}

# prepare EXTRAS: after it, python is the one in .venv, with textguide. The second time it is instant and needs no network.
prepare() {
    local extras="$1" stamp="$checkout/.venv/installed" choice="$checkout/.venv/torch" base torch
    if ! is_supported "$python"; then
        base=$(find_python)
        make_venv "$base"
    fi
    torch="${TEXTGUIDE_TORCH:-$(cat "$choice" 2>/dev/null || echo "$default_torch")}"
    if [[ "$(cat "$stamp" 2>/dev/null)" == "$(fingerprint "$torch") $extras"* ]]; then
        say "using .venv ($("$python" --version)), installed before"
    else
        rm -f "$stamp"
        echo "$torch" >"$choice"
        install "$extras" "$torch"
        echo "$(fingerprint "$torch") $extras" >"$stamp"
    fi
    export PATH="$checkout/.venv/bin:$PATH"
    # Nothing here asks a model hub for anything, and a few threads are plenty for small tensors.
    export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 TRANSFORMERS_VERBOSITY=error
    local cores
    cores=$(getconf _NPROCESSORS_ONLN)
    export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((cores < 4 ? cores : 4))}"
}
