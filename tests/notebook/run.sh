#!/bin/sh
# Runs the notebooks on an output folder (default: the newest of the quick start) in a Python
# environment of their own under target/.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-$(ls -td outputs/quickstart/*/ 2>/dev/null | head -n 1)}
[ -n "$folder" ] || { echo "no output folder: gapcast run scenarios/quickstart.toml" >&2; exit 2; }
venv=target/notebook-venv
if [ ! -e "$venv/ready" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/notebook/requirements.txt
    touch "$venv/ready"
fi
MPLBACKEND=module://matplotlib_inline.backend_inline "$venv/bin/python" tests/notebook/run.py "$folder"
