"""The page of a running server in Chromium: its weight, and how soon it can be drawn on and answers.

    make run &
    .venv/bin/python bench/browser.py --url http://127.0.0.1:8000 [--runs 50]
    .venv/bin/python bench/browser.py --strokes pendigits-test.jsonl.gz [--drawings 200]

With --strokes, drawings of the file are drawn on the page with the mouse, and the page's answers are compared with the
offline evaluation of the same drawings. Nothing is stored on the server.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.kinds import PIXEL_KINDS  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.training.data import strokes  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Lighthouse's profile of a phone: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
ROUND_TRIP, BANDWIDTH, SLOWDOWN = 150, 1.6e6 / 8, 4  # milliseconds, bytes/s, times

# The page is ready when its script has run to the end: the last line shows the hint on the paper.
WATCH_READY = """new MutationObserver((changes) => {
    if (changes.some(({target}) => target.id === "hint")) window.readyAt ??= performance.now();
}).observe(document, {attributes: true, subtree: true});"""

# From the pointerup event to the frame after the one that paints the answer.
WATCH_ANSWER = """() => {
    window.waits = [];
    let lifted = null;
    addEventListener("pointerup", (event) => { lifted = event.timeStamp; }, {capture: true});
    new MutationObserver(() => {
        const state = document.querySelector("#answer").dataset.state;
        if (lifted === null || state === "old" || state === "empty") return;
        const start = lifted;
        lifted = null;
        requestAnimationFrame(() => {
            const {port1, port2} = new MessageChannel();
            port1.onmessage = () => window.waits.push(performance.now() - start);
            port2.postMessage(0);
        });
    }).observe(document.querySelector("#answer"), {attributes: true});
}"""

# Playwright's own wait_for_function needs a page that allows eval.
UNTIL_ANSWERED = """(count) => new Promise((resolve) => {
    const look = () => (window.waits.length >= count ? resolve() : setTimeout(look, 5));
    look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--runs", type=int, default=50, help="number of timed answers")
    parser.add_argument("--strokes", type=Path, help="a file of pen strokes to draw")
    parser.add_argument("--drawings", type=int, default=200, help="number of them to draw")
    options = parser.parse_args()
    weight(options.url)
    answering(options.url, options.runs)
    if options.strokes:
        sys.exit(replay(options.url, options.strokes, options.drawings))


def weight(url: str) -> None:
    for name, throttled in (("as it is", False), ("Lighthouse's phone", True)):
        with fresh_page() as (page, devtools):
            if throttled:
                conditions = {"offline": False, "latency": ROUND_TRIP}
                rates = {"downloadThroughput": BANDWIDTH, "uploadThroughput": BANDWIDTH}
                devtools.send("Network.emulateNetworkConditions", conditions | rates)
                devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
            sizes, asked = [], []
            devtools.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.add_init_script(WATCH_READY)
            page.goto(url, wait_until="networkidle")
            ready = page.evaluate("window.readyAt")
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
            others = [one for one in asked if urlsplit(one).netloc not in {urlsplit(url).netloc, ""}]
            print(
                f"first visit, {name}: {sum(sizes) / 1000:.1f} kB in {len(sizes)} responses, headers included, "
                f"{len(others)} from elsewhere; first paint {paint:.0f} ms, draws after {ready:.0f} ms"
            )


def answering(url: str, runs: int) -> None:
    with fresh_page() as (page, _):
        page.goto(url, wait_until="networkidle")
        page.evaluate(WATCH_ANSWER)
        source = random.Random(0)
        for run in range(runs):
            draw(page, [np.array([[source.random(), source.random()] for _ in range(6)]) * 0.6 + 0.2])
            page.evaluate(UNTIL_ANSWERED, run + 1)
            if run % 3 == 2:
                page.keyboard.press("Escape")
        low, median, high = np.percentile(page.evaluate("window.waits"), [5, 50, 95])
        print(f"pen up to answer on screen: median {median:.0f} ms of {runs}, 90 % within {low:.0f} – {high:.0f} ms")


def replay(url: str, path: Path, count: int) -> bool:
    drawings = strokes.read_strokes(path)
    drawings = [drawings[i] for i in np.linspace(0, len(drawings) - 1, count).astype(int)]
    dataset = strokes.draw(drawings)
    champions = Registry(ROOT / "models").champions().classifiers
    classifiers = [champions[kind] for kind in PIXEL_KINDS]
    offline = np.mean([probabilities(one, dataset) for one in classifiers], axis=0).argmax(axis=1)
    online = np.array(list(_online(url, drawings)))
    rights = [(each == dataset.labels).mean() for each in (offline, online)]
    print(
        f"{count} drawings of {path.name}: accuracy offline {rights[0]:.1%}, drawn on the page {rights[1]:.1%}, "
        f"{(offline != online).sum()} answers differ"
    )
    return bool(abs(rights[0] - rights[1]) > 0.01)


def _online(url: str, drawings: list[strokes.Drawing]) -> Iterator[int]:
    with fresh_page() as (page, _):
        page.goto(url, wait_until="networkidle")
        page.locator("#keep").uncheck()
        for drawing in drawings:
            draw(page, list(drawing.lines))
            # A live answer may still be on its way; only the final one has an id.
            with page.expect_response(lambda response: "x-request-id" in response.request.headers) as waiting:
                page.keyboard.press("Enter")
            yield waiting.value.json()["prediction"]
            page.keyboard.press("Escape")


def draw(page: Page, lines: list[np.ndarray]) -> None:
    """Draw lines, (n, 2) in the unit square, with the mouse."""
    box = page.locator("#pad").bounding_box()
    if box is None:
        sys.exit("The page has no canvas.")
    for line in lines:
        first, *rest = line * [box["width"], box["height"]] + [box["x"], box["y"]]
        page.mouse.move(*first)
        page.mouse.down()
        for point in rest:
            page.mouse.move(*point)
        page.mouse.up()


@contextmanager
def fresh_page() -> Iterator[tuple[Page, CDPSession]]:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        sys.exit("Chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1100, "height": 800}).new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        yield page, devtools
        browser.close()


if __name__ == "__main__":
    main()
