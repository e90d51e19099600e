"""Execute the notebooks: `python notebooks/run.py [--into DIRECTORY] [NAME …]`, in place if there is no directory.

What depends on the time and place of the run is dropped: timings, versions, the kernel's messages on stderr. Outputs
that contain a path of this machine are refused. Pictures are reduced to COLOURS, which saves two thirds of their bytes.
"""

import argparse
import base64
import io
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from PIL import Image

HERE: Final = Path(__file__).resolve().parent
NOTEBOOKS: Final = sorted(HERE.glob("[0-9]-*.ipynb"))
TIMEOUT: Final = 1200  # seconds for a cell
COLOURS: Final = 64
# Where other processes compute too, threads that wait for each other are much slower than a single one.
ALONE: Final = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PLACE: Final = re.compile(r"(?<![\w.:/])/(?:home|opt|root|srv|tmp|usr|var|work|Users)/|\b[A-Z]:\\")


def execute(path: Path) -> NotebookNode:
    """Execute a notebook in its own folder by a fresh kernel without any personal configuration.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    where = {"metadata": {"path": str(HERE)}}
    options = {"kernel_name": "python3", "timeout": TIMEOUT, "startup_timeout": TIMEOUT, "record_timing": False}
    with tempfile.TemporaryDirectory() as directory, (Path(directory) / "stderr").open("w+") as stderr:
        os.environ |= ALONE | {"IPYTHONDIR": directory}
        try:
            NotebookClient(notebook, resources=where, **options).execute(stderr=stderr)
        except DeadKernelError:
            stderr.seek(0)
            sys.exit(f"{path.name}: the kernel died.\n{stderr.read()}")
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for picture in (output.data for output in cell.outputs if "image/png" in output.get("data", {})):
                picture["image/png"] = _reduced(picture["image/png"])
    return notebook


def places(notebook: NotebookNode) -> list[str]:
    """The lines of the outputs' text that contain a path of a machine."""
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    return [line for output in outputs for line in _text(output).splitlines() if PLACE.search(line)]


def _reduced(png: str) -> str:
    """A picture reduced to few colours; both are in base64."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        picture.convert("RGB").quantize(COLOURS).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def _text(output: NotebookNode) -> str:
    """All text of an output, without pictures, whose base64 may look like a path."""
    parts = [output.get("text", ""), *output.get("traceback", ())]
    parts += [
        json.dumps(content) for kind, content in output.get("data", {}).items() if not kind.startswith("image/png")
    ]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook, without .ipynb; by default all of them")
    parser.add_argument("--into", type=Path, help="write to this directory and leave the notebooks unchanged")
    options = parser.parse_args()
    if os.environ.get("QUICK") == "1" and not options.into:
        parser.error("results with QUICK=1 are not worth keeping: choose another directory with --into")
    for path in [HERE / f"{name}.ipynb" for name in options.names] or NOTEBOOKS:
        started = time.monotonic()
        notebook = execute(path)
        if found := places(notebook):
            sys.exit(f"{path.name} contains paths of this machine:\n" + "\n".join(found))
        into = (options.into or HERE) / path.name
        nbformat.write(notebook, into)
        print(f"{path.name}: {time.monotonic() - started:.0f} s, {into.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
