"""How long a reviewer waits for the next drawing: from the key to the frame that shows it, in Chromium.

    .venv/bin/python bench/queue_browser.py [--rows 100000] [--keys 50] [--postgres URL]

Creates a database of its own on the PostgreSQL server at URL, fills it, starts a server with it, presses keys in the
review queue, and drops the database. With 100,000 drawings the median must be at most 80 ms.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django
import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.review import fill  # noqa: E402
from bench.scratch import SERVER, scratch  # noqa: E402
from tests.drawings import ONE, SEVEN, THREE, draw, encode  # noqa: E402
from tests.server import PASSWORD, running  # noqa: E402

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUEUE = "/admin/predictor/submission/queue/"
LIMIT = 80  # milliseconds

# From the keydown event to the frame after the one that paints the next drawing.
WATCH = """() => {
    window.waits = [];
    let pressed = null;
    addEventListener("keydown", (event) => { pressed = event.timeStamp; }, {capture: true});
    new MutationObserver(() => {
        if (pressed === null) return;
        const start = pressed;
        pressed = null;
        requestAnimationFrame(() => {
            const {port1, port2} = new MessageChannel();
            port1.onmessage = () => window.waits.push(performance.now() - start);
            port2.postMessage(0);
        });
    }).observe(document.querySelector("#image"), {childList: true});
}"""

# Playwright's own wait_for_function needs a page that allows eval.
UNTIL_SHOWN = """(count) => new Promise((resolve) => {
    const look = () => (window.waits.length >= count ? resolve() : setTimeout(look, 5));
    look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", default=SERVER, help="the URL of a PostgreSQL server")
    parser.add_argument("--rows", type=int, default=100_000, help="drawings in the database")
    parser.add_argument("--keys", type=int, default=50, help="keys to press")
    options = parser.parse_args()
    with scratch(options.postgres) as url, tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "mnistsite.settings"}
        django.setup()
        with running(Path(folder), DATABASE_URL=url) as server:
            print(f"{options.rows:,} drawings, filled in {filled(options.rows):.0f} s")
            sys.exit(press(server.url, options.keys))


def filled(rows: int) -> float:
    """Fill the database with drawings whose pictures a browser can decode; returns the seconds that it took."""
    from django.contrib.auth.models import User
    from django.db import connection

    started = time.perf_counter()
    fill(1, rows, User.objects.get().pk)
    pictures = [encode(draw(line, pen=pen)) for line in (ONE, THREE, SEVEN) for pen in (14, 20, 26)]
    with connection.cursor() as cursor:
        update = "UPDATE predictor_submission SET image = (%s::bytea[])[1 + mod(hashtext(digest) & 1023, %s)]"
        cursor.execute(update, [pictures, len(pictures)])
        cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - started


def press(url: str, keys: int) -> bool:
    """Press keys as fast as drawings come, then four a second; returns whether the slower median is over the limit."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"/admin/login/?next={QUEUE}")
        page.get_by_label("Username").fill("reviewer")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        medians = [measure(page, name, keys, pause) for name, pause in (("at once", 0), ("four a second", 250))]
        browser.close()
    return max(medians) > LIMIT


def measure(page: Page, name: str, keys: int, pause: int) -> float:
    """The median in milliseconds; each key is pressed `pause` milliseconds after the last drawing was shown."""
    page.goto(QUEUE, wait_until="networkidle")
    page.evaluate(WATCH)
    for number in range(keys):
        page.keyboard.press(str(number % 10))
        page.evaluate(UNTIL_SHOWN, number + 1)
        page.wait_for_timeout(pause)
    low, median, high = np.percentile(page.evaluate("window.waits"), [5, 50, 95])
    print(f"key to next drawing, {name}: median {median:.0f} ms of {keys}, 90 % within {low:.0f} – {high:.0f} ms")
    return float(median)


if __name__ == "__main__":
    main()
