"""Executes the notebooks on an output folder and fails if a cell fails.

    python tests/notebook/run.py OUTPUT_FOLDER --studies OUTPUTS [--keep FOLDER]

OUTPUT_FOLDER is one of `gapcast run`, OUTPUTS the folder that studies were written to. Notebooks are stored without outputs; one that has some fails too. `--keep` writes the executed
notebooks somewhere to look at.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--studies", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    os.environ["GAPCAST_OUTPUT"] = str(arguments.folder.resolve())
    os.environ["GAPCAST_OUTPUTS"] = str(arguments.studies.resolve())
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        if any(cell.get("outputs") for cell in notebook.cells):
            sys.exit(f"{path.name} holds outputs: store it without")
        resources = {"metadata": {"path": str(path.parent)}}
        NotebookClient(notebook, timeout=300, resources=resources).execute()
        drawn = sum(
            "image/png" in output.get("data", {})
            for cell in notebook.cells
            for output in cell.get("outputs", [])
        )
        print(f"{path.name}: {drawn} figures")
        if drawn == 0:
            sys.exit(f"{path.name} drew nothing")
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, arguments.keep / path.name)


if __name__ == "__main__":
    main()
