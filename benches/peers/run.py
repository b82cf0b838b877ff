#!/usr/bin/env python3
"""SimGrid beside Gapcast on the same lists of flows, in one run: microseconds of processor time per flow.

    python3 benches/peers/run.py            lists that take SimGrid seconds
    python3 benches/peers/run.py --large    and those that take it many minutes

Needs a C++ compiler, SimGrid with its headers (Debian: libsimgrid-dev; 3.32 was used) and cargo. What
is built and drawn goes to target/peers. SimGrid is given the better of its two solvers
(network/optim: Lazy and Full); its clock starts when the platform is built, Gapcast's when the list is
read and ways are found. The better of --repeat runs counts for both. Makespans must agree to 1e-6.
Exit code 3 if they do not, or a target is missed.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "peers"
LEAF_SPINE = ROOT / "scenarios" / "flows" / "leaf-spine.toml"
INCAST = ROOT / "scenarios" / "flows" / "incast.toml"

# (numbers of the list, how many times as fast Gapcast should be; None: not stated, large)
LISTS = [
    ("leaf-spine", (64, 4, 16), 15, False),
    ("leaf-spine", (512, 4, 1), None, False),
    ("leaf-spine", (512, 4, 4), 80, False),
    ("incast", (64, 8, 32, 4), 100, False),
    ("leaf-spine", (4096, 4, 1), 3000, True),
    ("incast", (256, 32, 32, 4), 1000, True),
]


def name_of(shape, numbers):
    return ("A" if shape == "leaf-spine" else "B") + f"({','.join(map(str, numbers))})"


def build():
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["cargo", "build", "--release", "--bin", "gapcast", "--example", "flow_list"],
        cwd=ROOT,
        check=True,
    )
    source = ROOT / "benches" / "peers" / "simgrid.cpp"
    program = WORK / "simgrid"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(
            ["g++", "-O2", "-std=c++17", source, "-o", program, "-lsimgrid"], check=True
        )
    return program


def draw(shape, numbers):
    path = WORK / f"{shape}-{'-'.join(map(str, numbers))}.csv"
    with open(path, "w") as file:
        subprocess.run(
            [ROOT / "target/release/examples/flow_list", shape, *map(str, numbers)],
            stdout=file,
            check=True,
        )
    return path


def simgrid(program, shape, numbers, path, repeat):
    """The better of its two solvers: (result, which)."""
    sizes = numbers[:1] if shape == "leaf-spine" else numbers[:2]
    best = None
    for optim in ["Full", "Lazy"]:
        for _ in range(repeat):
            output = subprocess.run(
                [
                    program,
                    shape,
                    *map(str, sizes),
                    path,
                    f"--cfg=network/optim:{optim}",
                    "--log=root.thresh:error",
                ],
                stdout=subprocess.PIPE,
                check=True,
            )
            result = json.loads(output.stdout)
            if best is None or result["cpu_s"] < best[0]["cpu_s"]:
                best = (result, optim)
    return best


def gapcast(shape, numbers, path, repeat):
    """The quickest of its runs: (result, microseconds per flow)."""
    if shape == "leaf-spine":
        hosts = numbers[0]
        leaves = hosts // 32
        changes = [f"nodes.host.count={hosts}", f"fabric.storage.leaves={leaves}"]
        command = [LEAF_SPINE, path]
    else:
        clients, servers = numbers[:2]
        changes = [f"nodes.client.count={clients}", f"store.controllers={servers}"]
        command = [INCAST, path, "--sources", "controller", "--destinations", "client"]
    command += [word for change in changes for word in ("--set", change)]
    best = None
    for _ in range(repeat):
        output = subprocess.run(
            [ROOT / "target/release/gapcast", "flows", *command, "--json", "--out", WORK / "out"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=True,
            text=True,
        )
        folder = output.stderr.split("written to ", 1)[1].strip()
        timing = json.loads((pathlib.Path(folder) / "timing.json").read_text())
        took = timing["replay_cpu_us_per_flow"] or timing["replay_us_per_flow"]
        if best is None or took < best[1]:
            best = (json.loads(output.stdout), took)
    return best


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--large", action="store_true", help="also lists that take SimGrid minutes")
    words.add_argument("--only", default="", help="lists whose name holds this, for example A(512")
    words.add_argument("--repeat", type=int, default=3, help="runs of each [default: 3]")
    asked = words.parse_args()
    program = build()
    print("| list | flows | SimGrid, us/flow | its solver | Gapcast, us/flow | ratio | target |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    well = True
    for shape, numbers, target, large in LISTS:
        name = name_of(shape, numbers)
        if (large and not asked.large) or asked.only not in name:
            continue
        path = draw(shape, numbers)
        ours, took = gapcast(shape, numbers, path, asked.repeat)
        theirs, solver = simgrid(program, shape, numbers, path, 1 if large else asked.repeat)
        flows = theirs["flows"]
        for key, mine in [
            ("makespan_s", ours["makespan_s"]),
            ("mean_completion_s", ours["completion_s"]["mean"]),
        ]:
            error = abs(mine / theirs[key] - 1)
            if error > 1e-6:
                well = False
                print(f"{name}: {key} {mine}, SimGrid {theirs[key]} ({error:.1e})", file=sys.stderr)
        slow = theirs["cpu_s"] * 1e6 / flows
        ratio = slow / took
        missed = target is not None and ratio < target
        well = well and not missed
        stated = "" if target is None else f"≥ {target:,}×{', missed' if missed else ''}"
        print(
            f"| {name} | {flows:,} | {slow:,.1f} | {solver} | {took:,.2f} | {ratio:,.1f}× | {stated} |",
            flush=True,
        )
    return 0 if well else 3


if __name__ == "__main__":
    sys.exit(main())
