# SPDX-License-Identifier: MIT
"""Pages of `normforge report` as a reader gets them, from times that were really measured.

Usage: browser_test.py NORMFORGE CHROMIUM; NORMFORGE_TEST_KERNELS: the kernels to measure, else the default set
"""
import collections
import html.parser
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

from browser import Browser

NORMFORGE, CHROMIUM = sys.argv[1:3]
KERNELS = os.environ.get("NORMFORGE_TEST_KERNELS")
PROBLEMS = ["forward_train:f32:nchw:2x8x8x8:relu", "backward_train:f32:nhwc:2x4x4x16"]
SEARCHED = "forward_inference:f32:nchw:4x64x14x14:add_relu"
TITLE = "Kernels of <model> & \"machine\""
REFERENCES = {"src", "srcset", "href", "action", "data", "poster", "background", "xlink:href"}


def normforge(*arguments):
    return subprocess.run([NORMFORGE, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def measurement(configuration, cost, phase="search", outcome="measured", message=""):
    times = [2.0, 2.1, 1.9, 2.05, 1.95] if outcome == "measured" else []
    return {"format": 1, "problem": SEARCHED, "target": "x86-64-avx2", "device": "A processor", "threads": 2,
            "signature": "0123456789abcdef", "configuration": configuration, "phase": phase, "outcome": outcome,
            "message": message, "milliseconds": [cost * time for time in times], "default_milliseconds": times,
            "compile_seconds": 0.5, "normforge": "0.1.0", "halide": "19.0.0", "llvm": "19.1.7",
            "time": "2026-01-31T12:00:00Z"}


def journal():
    lines = [measurement(f"vector={8 << i % 2} unroll={1 + i}", 1 + (-1) ** i * i / 40) for i in range(12)]
    lines.insert(3, measurement("vector=8 unroll=99", 1, outcome="crash", message="signal 11 <in> \"kernel\" & more"))
    final = measurement("vector=16 unroll=12", 0.75, phase="final")
    lines.append({**final, "again_milliseconds": [1.01 * time for time in final["default_milliseconds"]]})
    return "".join(json.dumps(line) + "\n" for line in lines) + '{"format":1,"problem":"torn'


class Page(html.parser.HTMLParser):
    """What the tests look at in a page."""

    VOID = {"meta", "br", "wbr"}

    def __init__(self, text):
        super().__init__()
        self.open, self.references, self.identifiers, self.text = [], [], [], ""
        self.cells, self.figures, self.style = [], 0, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in REFERENCES:
                self.references.append(value)
            if name == "id":
                self.identifiers.append(value)
            if name == "style":
                self.style += value
        if tag in ("th", "td"):
            self.cells.append("")
        self.figures += tag == "figure"

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> in {self.open}"
        self.open.pop()

    def handle_data(self, data):
        self.text += data
        if "style" in self.open:
            self.style += data
        if "th" in self.open or "td" in self.open:
            self.cells[-1] += data


def pixels(png):
    """How often each colour occurs in a picture: {(red, green, blue): count}. For 8 bits and no interlacing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, data = 8, b""
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place:place + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", png[place + 8:place + 18])
            size = {2: 3, 6: 4}[colour]
            assert depth == 8 and png[place + 20] == 0
        if kind == b"IDAT":
            data += png[place + 8:place + 8 + length]
        place += 12 + length
    data, stride = zlib.decompress(data), width * size
    counts, above = collections.Counter(), bytearray(stride)
    for y in range(height):
        filtered = data[y * (stride + 1)]
        row = bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - size] if i >= size else 0
            corner = above[i - size] if i >= size else 0
            if filtered == 1:
                row[i] = row[i] + left & 255
            elif filtered == 2:
                row[i] = row[i] + above[i] & 255
            elif filtered == 3:
                row[i] = row[i] + (left + above[i]) // 2 & 255
            elif filtered == 4:
                estimate = left + above[i] - corner
                row[i] = row[i] + min((left, above[i], corner), key=lambda one: abs(estimate - one)) & 255
        counts.update(zip(row[0::size], row[1::size], row[2::size]))
        above = row
    return counts


def share(counts, condition):
    return sum(count for colour, count in counts.items() if condition(colour)) / sum(counts.values())


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.bench, cls.journal = cls.folder / "bench.json", cls.folder / "journal.jsonl"
        kernels = ["--kernels", KERNELS] if KERNELS else []
        result = normforge("bench", *kernels, *PROBLEMS, "--rounds", 3, "--threads", 1, "--json", cls.bench)
        assert result.returncode == 0, result.stderr
        cls.journal.write_text(journal())
        cls.page = cls.folder / "page.html"
        cls.errors = cls.folder / "errors.json"
        result = normforge("verify", *kernels, *PROBLEMS, "--json", cls.errors)
        assert result.returncode == 0, result.stderr
        result = normforge("report", cls.bench, cls.journal, cls.errors, "-o", cls.page, "--title", TITLE)
        assert result.returncode == 0, result.stderr
        cls.warnings = result.stderr
        cls.parsed = Page(cls.page.read_text())
        cls.browser = Browser(CHROMIUM)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.scratch.cleanup()

    def open(self, **how):
        self.browser.open(self.page.as_uri(), **how)

    def test_elements_close_and_identifiers_are_unique(self):
        self.assertEqual(self.parsed.open, [])
        self.assertEqual(len(self.parsed.identifiers), len(set(self.parsed.identifiers)))

    def test_nothing_refers_outside(self):
        self.assertTrue(self.parsed.references)
        for reference in self.parsed.references:
            self.assertTrue(reference.startswith("#") and reference[1:] in self.parsed.identifiers, reference)
        self.assertNotRegex(self.parsed.style, r"url\(|@import|@font-face")
        self.assertNotRegex(self.page.read_text(), r"https?:")

    def test_every_problem_is_in_the_table_and_in_the_commands(self):
        for problem in PROBLEMS + [SEARCHED]:
            self.assertTrue(any(cell.strip() == problem or problem in cell.split("\n")[0] for cell in self.parsed.cells), problem)
            self.assertRegex(self.parsed.text, rf"\\\n  {re.escape(problem)}(?= \\\n|\n|$)")

    def test_says_when_on_what_and_with_what(self):
        self.assertRegex(self.parsed.text, r"Measured\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n")
        machine = json.loads(self.bench.read_text())["machine"]
        self.assertIn(machine["processor"], self.parsed.text)
        for words in ("Measured2026-01-31T12:00:00Z to 2026-01-31T12:00:00Z", "Halide 19.0.0, LLVM 19.1.7", "A processor"):
            self.assertIn(words, self.parsed.text)

    def test_says_how_large_the_errors_are(self):
        found = {one["problem"]: one["nearest_its_bound"] for one in json.loads(self.errors.read_text())["problems"]}
        self.assertEqual(list(found), PROBLEMS)
        for nearest in found.values():
            share = nearest["error"] / nearest["bound"]
            self.assertTrue(0 < share <= 1, nearest)
            self.assertIn(f"{share:.2f}", [cell.strip() for cell in self.parsed.cells])
            self.assertIn("largest error, in units of its bound", self.parsed.text)

    def test_says_what_was_skipped_and_what_failed(self):
        self.assertIn(f"{self.journal}:15: ", self.warnings)
        self.assertIn(f"{self.journal}:15: ", self.parsed.text)
        self.assertIn("signal 11 <in> \"kernel\" & more", self.parsed.text)
        self.assertIn(TITLE, self.parsed.text)

    def test_light_and_dark_without_scripts(self):
        bright, dim = lambda colour: min(colour) > 200, lambda colour: max(colour) < 80
        for scheme, ground in (("light", bright), ("dark", dim)):
            with self.subTest(scheme):
                self.open(scheme=scheme, width=1000, height=1200)
                counts = pixels(self.browser.screenshot(whole=False))
                self.assertGreater(share(counts, ground), 0.8)
                self.assertGreater(share(counts, lambda colour: not ground(colour)), 0.01)
                self.assertGreater(len(counts), 30)

    def test_figures_are_drawn_without_scripts(self):
        self.open(width=1000)
        drawn = "[...document.querySelectorAll('figure svg')].filter(one => one.getBoundingClientRect().height > 100).length"
        self.assertEqual(self.parsed.figures, 4)
        self.assertEqual(self.browser.evaluate(drawn), 4)
        unpainted = ("[...document.querySelectorAll('svg path, svg rect')].filter(one => { const style = getComputedStyle(one);"
                     " return style.fill === 'none' && style.stroke === 'none' }).length")
        self.assertEqual(self.browser.evaluate(unpainted), 0)

    def test_text_of_figures_stays_inside(self):
        self.open(width=1280)
        outside = """[...document.querySelectorAll('figure svg')].flatMap(svg => [...svg.querySelectorAll('text')].filter(one => {
            const inner = one.getBoundingClientRect(), outer = svg.getBoundingClientRect();
            return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1 ||
                inner.top < outer.top - 1 }).map(one => one.textContent)).join('; ')"""
        self.assertEqual(self.browser.evaluate(outside), "")

    def test_asks_for_nothing_and_complains_of_nothing(self):
        for scripts in (False, True):
            self.open(scripts=scripts)
            self.assertEqual(self.browser.requests(), [self.page.as_uri()])
            self.assertEqual(self.browser.complaints(), [])

    def test_a_phone_need_not_scroll_sideways(self):
        for width in (360, 800):
            self.open(width=width)
            self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)

    def test_contrast_of_text(self):
        contrast = """(() => {
            const light = text => { const part = text.match(/[\\d.]+/g).map(one => one / 255)
                .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
                return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
            const paper = light(getComputedStyle(document.body).backgroundColor);
            const ratio = one => (Math.max(one, paper) + 0.05) / (Math.min(one, paper) + 0.05);
            const texts = [...document.querySelectorAll('h1, p, td, th, dt, dd, figcaption, a, .spread, .good, .bad, caption')];
            return Math.min(...texts.map(one => ratio(light(getComputedStyle(one).color)))); })()"""
        for scheme in ("light", "dark"):
            self.open(scheme=scheme)
            self.assertGreater(self.browser.evaluate(contrast), 4.5, scheme)  # WCAG 2.1, level AA

    def test_scripts_sort_tables(self):
        times = "[...document.querySelectorAll('#problems td[data-label=time]')].map(one => +one.dataset.sort)"
        self.open(scripts=True)
        button = "[...document.querySelectorAll('#problems thead th')].find(one => one.textContent === 'time').firstChild.click()"
        for order in (sorted, lambda values: sorted(values, reverse=True)):
            self.browser.evaluate(button)
            found = self.browser.evaluate(times)
            self.assertEqual(len(found), 5)
            self.assertEqual(found, order(found))
        self.open(scripts=False)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('button').length"), 0)

    def test_prints(self):
        self.open(scheme="dark")
        self.assertTrue(self.browser.pdf().startswith(b"%PDF-"))
        self.open(scheme="dark", media="print")
        self.assertEqual(self.browser.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")

    def test_without_out_a_table_comes(self):
        result = normforge("report", self.bench, self.journal)
        self.assertEqual(result.returncode, 0, result.stderr)
        for problem in PROBLEMS + [SEARCHED]:
            self.assertIn(f"\n{problem} ", result.stdout)

    def test_bad_input_and_output_lose_nothing(self):
        before = self.journal.read_text()
        bad = self.folder / "bad.json"
        bad.write_text(self.bench.read_text()[:-100])
        page = self.folder / "old.html"
        page.write_text("old")
        for arguments, words in (([bad, "-o", page], "JSON that ends too early"),
                                 ([self.folder / "absent", "-o", page], "cannot be read: No such file"),
                                 ([self.journal, "-o", self.journal], "is one of the files to read"),
                                 ([self.journal, "-o", "/dev/full"], "/dev/full: cannot be written: No space left"),
                                 ([self.journal, "-o", self.folder / "no" / "page.html"], "cannot be written: No such file"),
                                 ([], "FILE is required")):
            result = normforge("report", *arguments)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(words, result.stderr)
        self.assertEqual((page.read_text(), self.journal.read_text()), ("old", before))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
