"""The notebooks run, and what is committed of them is what a run gave.

Each is executed by `notebooks/run.py` in a process of its own, two at a time, in its quick form.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from notebooks.run import HERE, NOTEBOOKS, places
from tests import hands

NAMES = [path.stem for path in NOTEBOOKS]
TIMEOUT = 1200  # seconds; alone on a machine each takes less than 30
MAX_SIZE = 300_000


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[NotebookNode]]]:
    into = tmp_path_factory.mktemp("notebooks")
    strokes = hands.saved(into / "strokes.jsonl", hands.everything(6, each=4))
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(run, name, into, strokes) for name in NAMES}
        pool.shutdown(cancel_futures=True)


def run(name: str, into: Path, strokes: Path) -> NotebookNode:
    command = [sys.executable, HERE / "run.py", "--into", into, name]
    done = subprocess.run(
        command, env=os.environ | {"QUICK": "1", "STROKES": str(strokes)}, capture_output=True, text=True,
        timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return nbformat.read(into / f"{name}.ipynb", as_version=4)


def read(name: str) -> NotebookNode:
    return nbformat.read(HERE / f"{name}.ipynb", as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_six():
    assert [name[:2] for name in NAMES] == ["1-", "2-", "3-", "4-", "5-", "6-"]


@pytest.mark.parametrize("name", NAMES)
def test_it_runs(runs: dict[str, Future[NotebookNode]], name: str):
    executed = runs[name].result()
    assert [cell.source for cell in executed.cells] == [cell.source for cell in read(name).cells]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_executed_from_top_to_bottom(name: str):
    cells = code_cells(read(name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_its_outputs_are_results_and_nothing_else(name: str):
    outputs = [output for cell in code_cells(read(name)) for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"display_data", "execute_result"}


@pytest.mark.parametrize("name", NAMES)
def test_it_says_nothing_of_the_machine_that_ran_it(name: str):
    notebook = read(name)
    assert not places(notebook)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(cell.metadata == {} for cell in notebook.cells)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small(name: str):
    assert (HERE / f"{name}.ipynb").stat().st_size < MAX_SIZE


def test_a_place_on_the_machine_is_found_in_text_and_not_in_pictures():
    said = [
        nbformat.v4.new_output("stream", text="fine\nsee /home/ann/data.csv\n"),
        nbformat.v4.new_output("display_data", {"image/png": "iVBOR/tmp/abc=", "text/markdown": "28×28 and/or 1/2"}),
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=["File /usr/lib/x.py"]),
        nbformat.v4.new_output("execute_result", {"text/plain": "https://example.org/home/page"}),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=said)])
    assert places(notebook) == ["see /home/ann/data.csv", "File /usr/lib/x.py"]


def test_a_quick_run_never_replaces_what_is_committed():
    done = subprocess.run(
        [sys.executable, HERE / "run.py"], env=os.environ | {"QUICK": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--into" in done.stderr
