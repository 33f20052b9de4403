"""A report in a headless Chromium: SVPG_REPORT names the file, SVPG_FIGURES the figures that it must have, one a line.

Without Chromium and its driver, these tests fail; they are never skipped.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

REPORT = Path(os.environ["SVPG_REPORT"]).resolve()
FIGURES = os.environ["SVPG_FIGURES"].split()
THEMES = ["light", "dark"]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
]

# The contrast of every text to what is behind it, as WCAG 2 defines it: texts below the minimum of their size.
CONTRAST = """
const linear = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const luminance = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
const parse = text => { const n = (text.match(/[\\d.]+/g) || []).map(Number); return n.length < 3 ? null : [n[0], n[1], n[2], n[3] ?? 1]; };
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
function behind(element) {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour && colour[3] > 0) { layers.push(colour); if (colour[3] === 1) break; }
  }
  return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
}
const low = []; let count = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || ['STYLE', 'style'].includes(element.tagName) || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const inGraph = element.closest('svg.graph');
  let back = behind(element);
  // The boxes of a graph are drawn before their texts.
  if (inGraph) back = over(parse(getComputedStyle(document.querySelector('svg.graph rect[fill="var(--own)"]')).fill), back);
  let front = parse(element.closest('svg') ? style.fill : style.color);
  if (!front) { low.push(['no colour', element.tagName, walker.currentNode.data.slice(0, 40)]); continue; }
  front = over(front, back);
  const [a, b] = [luminance(front), luminance(back)];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  count += 1;
  if (ratio < (large ? 3 : 4.5)) low.push([ratio.toFixed(2), element.outerHTML.slice(0, 120)]);
}
return [count, low];
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    browser, service = shutil.which("chromium"), shutil.which("chromedriver")
    assert browser and service, "Chromium and its driver are missing: install Debian's packages chromium and chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(service))
    yield driver
    driver.quit()


@pytest.fixture
def page(driver):
    """The report, just opened, in the light theme on a desktop."""
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    media(driver)
    driver.get(REPORT.as_uri())
    return driver


def media(driver, scheme="light", motion="no-preference", kind=""):
    features = [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})


def unfold(driver):
    driver.execute_script("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")


def phone(driver):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def test_the_file_is_small():
    assert REPORT.stat().st_size <= 5 * 2**20


def test_nothing_is_said_or_loaded(driver):
    # The browser's own first page is made of its own resources.
    driver.get("about:blank")
    driver.get_log("performance")
    driver.get(REPORT.as_uri())
    unfold(driver)
    assert driver.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("data:", "chrome://"))] == [REPORT.as_uri()]
    assert driver.find_elements(By.CSS_SELECTOR, "script, iframe, object, embed, link[rel=stylesheet]") == []


def test_it_opens_within_a_second(driver):
    """Of the time of a processor: how long a reader waits also depends on what else the machine does."""

    def spent():
        metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "ProcessTime")

    times = []
    for _ in range(3):
        driver.get("about:blank")
        driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        before = spent()
        driver.get(REPORT.as_uri())
        # The end of the event is known only after it.
        loaded = "return performance.getEntriesByType('navigation')[0].loadEventEnd > 0"
        WebDriverWait(driver, 10).until(lambda driver: driver.execute_script(loaded))
        times.append(spent() - before)
        driver.execute_cdp_cmd("Performance.disable", {})
    assert 0 < min(times) < 1, times


def test_every_figure_is_there(page):
    unfold(page)
    shown = {figure.get_attribute("id"): figure for figure in page.find_elements(By.TAG_NAME, "figure")}
    assert set(FIGURES) <= set(shown), set(FIGURES) - set(shown)
    for name, figure in shown.items():
        picture = figure.find_element(By.CSS_SELECTOR, ".picture > svg, .picture > img, .picture table")
        assert picture.size["width"] > 50 and picture.size["height"] > 20, name
        assert figure.find_element(By.TAG_NAME, "figcaption").text, name
        rows = figure.find_elements(By.CSS_SELECTOR, "details table tbody tr")
        assert rows, f"{name} has no numbers"
    broken = "return [...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length"
    assert page.execute_script(broken) == 0
    unnamed = "return [...document.querySelectorAll('svg')].filter(s => s.getAttribute('role') !== 'img' || !s.getAttribute('aria-label')).length"
    assert page.execute_script(unnamed) == 0


def test_folds_open_and_close_by_keyboard(page):
    folds = page.find_elements(By.CSS_SELECTOR, "main details")
    visible = [fold for fold in folds if fold.is_displayed()]
    assert len(visible) >= 3
    for fold in visible[:6]:
        summary = fold.find_element(By.TAG_NAME, "summary")
        page.execute_script("arguments[0].focus()", summary)
        assert page.switch_to.active_element == summary
        summary.send_keys(Keys.ENTER)
        assert fold.get_attribute("open") is not None
        summary.send_keys(Keys.SPACE)
        assert fold.get_attribute("open") is None


def test_the_first_tab_skips_to_the_content(page):
    page.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    link = page.switch_to.active_element
    assert link.get_attribute("class") == "skip" and link.location["x"] >= 0
    outline = page.execute_script("return getComputedStyle(arguments[0]).outlineStyle", link)
    assert outline == "solid", "the focus is visible"
    link.send_keys(Keys.ENTER)
    assert page.switch_to.active_element.tag_name == "main"


def test_the_structure_is_that_of_a_document(page):
    assert page.execute_script("return [document.documentElement.lang, document.title.length > 0]") == ["en", True]
    for tag in ["header", "main", "footer", "h1"]:
        assert len(page.find_elements(By.TAG_NAME, tag)) == 1, tag
    levels = page.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels
    ids = page.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert sorted(ids) == sorted(set(ids)), sorted(name for name in set(ids) if ids.count(name) > 1)
    dead = "return [...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)"
    assert page.execute_script(dead) == []
    headless = "return [...document.querySelectorAll('table')].filter(t => !t.querySelector('thead th')).length"
    assert page.execute_script(headless) == 0


@pytest.mark.parametrize("scheme", THEMES)
def test_every_text_has_contrast(page, scheme):
    media(page, scheme)
    unfold(page)
    dark = page.execute_script("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    count, low = page.execute_script(CONTRAST)
    assert count > 300
    assert low == [], low[:5]


def test_a_phone_shows_all_of_it(page):
    phone(page)
    unfold(page)
    wide = page.execute_script("return document.documentElement.scrollWidth")
    out = """return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 391 &&
        !e.closest('.scroll, .picture, pre')).slice(0, 3).map(e => e.outerHTML.slice(0, 160))"""
    assert wide <= 390, page.execute_script(out)
    boxes = "return [...document.querySelectorAll('.scroll, .picture')].filter(e => e.scrollWidth > e.clientWidth && e.tabIndex !== 0).length"
    assert page.execute_script(boxes) == 0, "what scrolls can be scrolled by keyboard"


def test_the_animation_stops(page):
    moved = page.find_elements(By.CSS_SELECTOR, ".pendulum .moved")
    assert moved
    state = "return getComputedStyle(arguments[0]).animationPlayState"
    assert page.execute_script(state, moved[0]) == "running"
    box = page.find_element(By.CSS_SELECTOR, ".pause")
    page.execute_script("arguments[0].focus()", box)
    box.send_keys(Keys.SPACE)
    assert page.execute_script(state, moved[0]) == "paused"
    media(page, motion="reduce")
    assert page.execute_script("return getComputedStyle(arguments[0]).animationName", moved[0]) == "none"


def test_it_prints_with_its_folds_open_but_for_the_data_of_figures(page):
    media(page, kind="print")
    counterexample = page.find_element(By.CSS_SELECTOR, ".claim details > :last-child")
    assert counterexample.size["height"] > 10, "closed folds are printed"
    [first, second, *_] = page.find_elements(By.CSS_SELECTOR, "figure > details")
    page.execute_script("arguments[0].open = true", first)
    assert first.find_element(By.CSS_SELECTOR, "table").size["height"] > 10, "data that the reader opened are printed"
    assert not second.is_displayed(), "data of a figure are printed"
    assert not page.find_element(By.CSS_SELECTOR, "nav.contents").is_displayed()
