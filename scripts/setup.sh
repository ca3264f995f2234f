#!/bin/sh
# Make .venv and install Scout into it:  sh scripts/setup.sh [dev] [folder]
# Does nothing while what it installed is still what pyproject.toml asks for.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
venv=${2:-.venv}

good() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    without_venv=
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python \
        /opt/homebrew/bin/python3 /usr/local/bin/python3; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        good "$candidate" || continue
        if has_venv "$candidate"; then echo "$candidate"; return; fi
        without_venv=$candidate
    done
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$without_venv is there, but its venv module is not. Install it and try again:" >&2
        echo "    sudo apt-get install python$version-venv" >&2
    else
        echo "Scout needs Python 3.11 or newer, and none was found. Install one and try again:" >&2
        case $(uname) in
            Darwin) echo "    brew install python@3.13" >&2 ;;
            *) echo "    sudo apt-get install python3 python3-venv" >&2 ;;
        esac
        echo "or name one: make run PYTHON=/path/to/python3.12" >&2
    fi
    exit 1
}

# The clone's own path is part of it: a moved .venv has dead paths inside.
wanted() { { echo "$1" "$PWD"; ls -d libs/*/scout_*; cat pyproject.toml; } | cksum; }
installed() { [ -x $venv/bin/scout ] && [ "$(cat "$venv/.installed-$1" 2>/dev/null)" = "$(wanted "$1")" ]; }

if [ -n "$extra" ]; then
    installed "$extra" && exit 0
else
    { installed light || installed dev; } && exit 0
fi

if ! { good $venv/bin/python && $venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python)
    echo "Making $venv with $($python --version)"
    rm -rf $venv
    "$python" -m venv $venv
fi
echo "Installing what Scout needs into $venv (once; about a minute)"
target=.
[ -z "$extra" ] || target=".[$extra]"
if ! $venv/bin/python -m pip install --disable-pip-version-check --quiet --quiet --editable "$target"; then
    echo "The installation failed; pip's own message stands above. Without network it cannot work the first time." >&2
    exit 1
fi
wanted "${extra:-light}" >"$venv/.installed-${extra:-light}"
