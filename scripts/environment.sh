# Sourced by run and test: makes .venv beside them and installs the project into it, once for each
# state of pyproject.toml. $here is the checkout.

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    echo "flowstyle needs Python 3.11 or newer, and none was found." >&2
    echo "where: PATH" >&2
    echo "what to do: install it, or name it: PYTHON=/path/to/python3 $0" >&2
    exit 1
}

# ensure_environment run|dev: the dev extras are a superset, so a dev environment serves both.
ensure_environment() {
    want=$(cksum < "$here/pyproject.toml")
    stamp="$here/.venv/.flowstyle-$1"
    for made in "$stamp" "$here/.venv/.flowstyle-dev"; do
        if [ -f "$made" ] && [ "$(cat "$made")" = "$want" ]; then return; fi
    done
    python=$(find_python)
    echo "Setting up $here/.venv (once; torch is large, allow a few minutes) ..." >&2
    [ -x "$here/.venv/bin/python" ] || "$python" -m venv "$here/.venv"
    extras=""
    if [ "$1" = dev ]; then extras="[dev]"; fi
    # torch and torchvision are resolved in one go, so that pip picks a matching pair.
    "$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$here$extras"
    printf '%s\n' "$want" > "$stamp"
}
