#!/bin/sh
# Runs the notebooks on an output folder (default: the newest of the quick start) in a Python
# environment of their own under target/. The studies that they read are run here, cut down to half a
# minute (tests/notebook/cut.py): fewer values, replicates and steps than the shipped ones.
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
studies=target/notebook-studies
rm -rf "$studies"
"$venv/bin/python" tests/notebook/cut.py "$studies"
for study in "$studies"/*.toml; do
    cargo run --release --quiet -- sweep "$study" --out "$studies/outputs" --quiet >"$study.txt"
done
cargo run --release --quiet -- gap scenarios/studies/base/production-pod.toml \
    --set training.unet3d.steps=8 --replicates 2 --exact-up-to 1 --permutations 4 \
    --out "$studies/outputs" --quiet >"$studies/gap.txt"
MPLBACKEND=module://matplotlib_inline.backend_inline "$venv/bin/python" tests/notebook/run.py "$folder" --studies "$studies/outputs"
