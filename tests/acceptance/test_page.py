"""The page in a real browser: it renders under its own security policy, follows a job live, fits a phone."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright
from scout_common.db import plain_url

from tests.hall import World, open_world

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DONE, RUNNING = (f"00000000-0000-4000-8000-00000000000{i}" for i in (1, 2))

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists() and not os.environ.get("CI"),
    reason="no chromium: apt-get install chromium, or set CI=1 to fail here",
)

# Contrast of every visible text against the nearest opaque background behind it (WCAG 2.2, 1.4.3).
WORST_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const f = (c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3] === 255) return c; if (c[3] > 0) { const under = behind(e.parentElement);
      return c.slice(0, 3).map((v, i) => v * c[3] / 255 + under[i] * (1 - c[3] / 255)); } } return [255, 255, 255]; };
  let worst = [99, ''];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.getClientRects().length || ['SCRIPT', 'OPTION'].includes(element.tagName)) continue;
    const a = light(rgba(getComputedStyle(element).color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) worst = [ratio, text];
  }
  return worst;
}"""


@pytest.fixture(scope="module")
def served(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    """The hall behind a real server; its address."""
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as admin:
        admin.execute("CREATE DATABASE test_page TEMPLATE scout_template")
    with open_world(f"{postgres_url.rsplit('/', 1)[0]}/test_page", tmp_path_factory.mktemp("page"), rows=True) as world:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = uvicorn.Config(world.client.app, port=port, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        yield world, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as admin:
        admin.execute("DROP DATABASE test_page WITH (FORCE)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test on any complaint of the browser, refused scripts and styles included."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_sightings_show_their_picture_and_their_trust(page: Page, served: tuple[World, str]) -> None:
    _, address = served
    page.goto(f"{address}/?job={DONE}")
    cards = page.locator(".card")
    assert cards.count() == 24
    assert page.locator("[data-live=trust]").inner_text().startswith("30 sightings at p >= 0.5; expected false: 0.4")
    picture = cards.first.locator("img")
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") == 400
    assert cards.first.locator("svg.meter .tick").is_visible()
    page.get_by_role("link", name="More sightings").click()
    assert page.locator(".card").count() == 6


def test_filters_lead_to_an_address_that_can_be_shared(page: Page, served: tuple[World, str]) -> None:
    _, address = served
    page.goto(f"{address}/?job={DONE}")
    page.get_by_role("searchbox").fill("TEA-2")
    page.get_by_label("Probability from").fill("0.9")
    page.get_by_role("button", name="Show").click()
    assert "product=TEA-2" in page.url
    assert all("TEA-2" in text for text in page.locator(".card").all_inner_texts())
    page.get_by_role("searchbox").fill("no such thing")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_text("Nothing fits these filters.").is_visible()
    page.get_by_role("link", name="Clear the filters").click()
    assert page.locator(".card").count() == 24


def test_filters_files_and_what_clears_them_stand_in_one_row(page: Page, served: tuple[World, str]) -> None:
    world, address = served
    threshold = "UPDATE job SET spec = jsonb_set(spec, '{options,min_probability}', %s) WHERE id = %s"
    with psycopg.connect(plain_url(world.database), autocommit=True) as connection:
        connection.execute(threshold, ["0.9", DONE])
        page.goto(f"{address}/?job={DONE}&all=1")
        connection.execute(threshold, ["0.5", DONE])
    middles = """() => [...document.querySelectorAll('.filters :is([type=search], [type=checkbox], button, a)')]
        .map(e => e.getBoundingClientRect()).map(box => box.top + box.height / 2)"""
    found = page.evaluate(middles)
    assert len(found) == 6
    assert max(found) - min(found) <= 2


def test_a_running_job_is_followed_without_reloading(page: Page, served: tuple[World, str]) -> None:
    world, address = served
    page.goto(address)
    row = page.locator("[data-stage=keypoint] [data-cell=done]")
    assert row.inner_text() == "4 / 12"
    page.evaluate("window.stayed = true")
    with psycopg.connect(plain_url(world.database), autocommit=True) as connection:
        event = "INSERT INTO job_event (job_id, type, data) VALUES (%s, %s, '{}')"
        connection.execute("UPDATE unit SET state = 'done' WHERE job_id = %s AND key < 'k6'", [RUNNING])
        connection.execute(event, [RUNNING, "job.progress"])
        expect(row).to_have_text("8 / 12")
        connection.execute("UPDATE unit SET state = 'done' WHERE job_id = %s", [RUNNING])
        connection.execute("UPDATE job SET state = 'done', finished_at = now() WHERE id = %s", [RUNNING])
        connection.execute(event, [RUNNING, "job.completed"])
    page.get_by_role("link", name="Finished: show the result").wait_for()
    assert page.locator("#job-title + .chip").inner_text() == "done"
    assert row.inner_text() == "12 / 12"
    assert page.evaluate("window.stayed") is True


@pytest.mark.parametrize("path", [f"/?job={DONE}", "/?job=none", "/docs"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser: Browser, served: tuple[World, str], path: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{served[1]}{path}")
    ratio, text = page.evaluate(WORST_CONTRAST)
    context.close()
    assert ratio >= 4.5, text


@pytest.mark.parametrize("path", [f"/?job={DONE}", "/docs"])
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, served: tuple[World, str], path: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{served[1]}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    heights = (
        "[...document.querySelectorAll('button, .links a, .top nav a')].map(e => e.clientHeight || e.offsetHeight)"
    )
    assert min(page.evaluate(heights), default=24) >= 24
    context.close()


def test_the_keyboard_reaches_the_content_first(page: Page, served: tuple[World, str]) -> None:
    page.goto(f"{served[1]}/?job={DONE}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"


def test_a_video_plays_from_any_byte(served: tuple[World, str]) -> None:
    """Through the real server, as a player asks."""
    world, _ = served
    client: TestClient = world.client
    part = client.get("/api/v1/videos/00000000-0000-4000-8000-0000000000c1/media", headers={"Range": "bytes=100-"})
    assert (part.status_code, len(part.content)) == (206, 900)
