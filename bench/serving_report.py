"""Write `docs/performance.md` and its picture from what `bench.serving` has measured.

.venv/bin/python -m bench.serving_report docs/performance.json
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

Rows = Mapping[str, Mapping[str, float]]

HEAD = """# Performance

Measured by `bench/serving.py` on one machine: {processor}, {cores} cores, Python {python}. The load (`wrk`)
ran on the same machine, so figures within one table can be compared, and those of two machines cannot. Every figure
is the median of {rounds} rounds of {seconds:.0f} s, in which the servers took turns. All drawings are as large as
the page's, and new to the server unless they are said to repeat. Written by `bench/serving_report.py` from
[performance.json](performance.json).

![Requests a second by 8 clients with new drawings](performance.svg)
"""
BARE = "bare Starlette"
NAMES = {
    "ancestor": (
        "Beside the ancestor",
        "The ancestor read a Keras model from the disk for each request. 100 clients ask `POST /predict/`, as it did.",
    ),
    "processes": ("Worker processes", "8 clients, new drawings, stored in SQLite."),
    "instances": (
        "Instances",
        "8 clients, new drawings, stored in PostgreSQL; instances of one process each, which share Redis.",
    ),
    "rows": (
        "Stored drawings",
        "8 clients, new drawings, stored in PostgreSQL beside those there are.",
    ),
}
WIDTH, BAR, LEFT = 720, 30, 220


def main() -> None:
    source = Path(sys.argv[1])
    found = json.loads(source.read_text())
    source.with_suffix(".md").write_text("\n".join(document(found)) + "\n")
    source.with_suffix(".svg").write_text(picture(found["clients"]["New drawings, 8 clients"]))


def document(found: Mapping[str, Any]) -> Iterator[str]:
    yield HEAD.format(**found["machine"])
    yield "## Clients\n"
    for title, rows in found["clients"].items():
        yield f"### {title}\n"
        yield from table(rows, base=BARE)
    for part, (title, words) in NAMES.items():
        yield f"## {title}\n\n{words}\n"
        rows = {name: row for name, row in found[part].items() if isinstance(row, dict) and "rate" in row}
        yield from table(rows, base=next(iter(rows)))
        if taken := found[part].get("processor_ms"):
            each = ", ".join(f"{name} {ms:.2f}" for name, ms in taken.items())
            yield f"Processor time of a stored drawing with two instances, in milliseconds: {each}.\n"
    yield f"A stored drawing takes {found['rows']['bytes_a_row']:,} bytes in PostgreSQL, its indexes included.\n"
    yield "## Memory and start\n"
    yield "All processes of two workers after the load; the pages that they share are counted once (PSS).\n"
    yield "| | MB | seconds to the first answer |\n|---|---|---|"
    for name, row in found["memory"].items():
        yield f"| {name} | {row['pss_mb']:.0f} | {row['seconds_to_first_answer']:.1f} |"


def table(rows: Rows, base: str) -> Iterator[str]:
    yield f"| | requests/s | × {base} | p50 ms | p99 ms | slowest ms | failed |\n|---|---|---|---|---|---|---|"
    for name, row in rows.items():
        times = " | ".join(f"{row[key]:.1f}" for key in ("p50", "p99", "max"))
        relative = f"{row['rate'] / rows[base]['rate']:.2f}" if rows[base]["rate"] else "–"
        yield f"| {name} | {row['rate']:.1f} | {relative} | {times} | {row['failed']:.0f} of {row['requests']:,.0f} |"
    yield ""


def picture(rows: Rows) -> str:
    """A bar for each server."""
    most, height = max(row["rate"] for row in rows.values()), BAR * len(rows) + 10
    bars = []
    for place, (name, row) in enumerate(rows.items()):
        y, long = 5 + BAR * place, (WIDTH - LEFT - 90) * row["rate"] / most
        colour = "#999" if name == BARE else "#417690"
        bars.append(
            f'<text x="{LEFT - 8}" y="{y + 18}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LEFT}" y="{y + 3}" width="{long:.1f}" height="{BAR - 8}" fill="{colour}"/>'
            f'<text x="{LEFT + long + 8:.1f}" y="{y + 18}">{row["rate"]:.0f}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="14" fill="#222"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(bars)}</svg>\n"
    )


if __name__ == "__main__":
    main()
