"""Cuts the studies that notebooks read down to a minute: fewer values, replicates and steps.

    python tests/notebook/cut.py FOLDER

Writes studies of the same names into FOLDER; figures and assertions are left out.
"""

import json
import sys
import tomllib
from pathlib import Path

STUDIES = Path(__file__).resolve().parents[2] / "scenarios" / "studies"

# Values of axes that stay, by name; fields of the base that change.
CUTS = {
    "latency-vs-jitter": {
        "keep": {
            "delay": ["0.1 ms", "10 ms", "100 ms"],
            "concurrency": ["1", "32"],
            "size": ["64 KiB", "8 MiB"],
        },
        "set": {},
        "replicates": 2,
    },
    "lab-vs-production": {
        "keep": {"ahead": ["4"]},
        "set": {"training.unet3d.steps": 10},
        "replicates": 2,
    },
}


def toml(value):
    """A value in one line. Strings, numbers and lists are written as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{k}" = {toml(v)}' for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return json.dumps(value)


def cut(study, keep, set, replicates):
    for axis in study["axis"]:
        names = axis.get("names") or [str(value) for value in axis["values"]]
        wanted = keep.get(axis["name"], names)
        stays = [name in wanted for name in names]
        assert sum(stays) == len(wanted), f"{axis['name']} has no longer all of {wanted}"
        for key in ("names", "values"):
            if key in axis:
                axis[key] = [value for value, stay in zip(axis[key], stays) if stay]
    for key in ("figure", "assert", "precision", "reproduces"):
        study.pop(key, None)
    study["base"] = str(STUDIES / study["base"])
    study["set"] = study.get("set", {}) | set
    study["replicates"] = replicates
    return "".join(f"{key} = {toml(value)}\n" for key, value in study.items())


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, changes in CUTS.items():
        study = tomllib.loads((STUDIES / f"{name}.toml").read_text(encoding="utf-8"))
        (folder / f"{name}.toml").write_text(cut(study, **changes), encoding="utf-8")


if __name__ == "__main__":
    main()
