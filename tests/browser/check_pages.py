"""check_pages.py [--untimed] FOLDER: opens the pages of make_pages.cc in Chromium and uses them as a reader does.

--untimed: what takes how long is shown, not judged, for machines that do other work at the same time.

Exits 1 and lists what is not so. Leaves screenshots beside the pages.
"""
import os
import sys
import traceback

from chromium import Chromium

# Milliseconds per drawn scroll step over the whole list; a frame at 60 Hz has 16.7. Script by the clock of the page, which
# a busy machine makes jump (hence the median), and the main thread's whole work, layout and paint included, by its own
# processor time.
FRAME_BUDGET_MS = {"script": 8, "thread": 16.7}
UNTIMED = "--untimed" in sys.argv

BACKGROUND = "getComputedStyle(one('.frame')).backgroundColor"
DARK, LIGHT = "rgb(17, 20, 25)", "rgb(245, 246, 248)"

PRELUDE = """
window.root = document.getElementById("statistics").shadowRoot;
window.all = (selector) => [...root.querySelectorAll(selector)];
window.one = (selector) => root.querySelector(selector);
window.names = () => all(".feature").map((node) => [node.closest(".rows").getBoundingClientRect().top, new DOMMatrix(getComputedStyle(node).transform).f, node])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , node]) => node.querySelector(".name .text").textContent);
window.row = (name) => all(".feature").find((node) => node.querySelector(".name .text").textContent === name);
window.bars = (name) => row(name).querySelectorAll(".row .chart rect").length;
window.heights = (name) => [...row(name).querySelectorAll(".row .chart rect")].map((bar) => +bar.getAttribute("height"));
window.focused = () => root.activeElement;
window.pick = (select, value) => { select.value = value; select.dispatchEvent(new Event("change")); };
window.toggle = (name) => one(`[data-toggle=${name}]`).click();
window.chip = (text) => all(".chip").find((chip) => chip.firstChild.textContent === text || chip.textContent === text).click();
0
"""

failures = []


def check(what, good, seen=None):
    print(f"  {'ok  ' if good else 'FAIL'} {what}" + ("" if good or seen is None else f": {seen!r}"))
    if not good:
        failures.append(what)


def equal(what, seen, expected):
    check(what, seen == expected, f"{seen!r} is not {expected!r}")


class Checks:
    def __init__(self, browser, folder):
        self.page, self.folder = browser.page(), folder
        # Runs before anything of the page: hostile data would call it.
        self.page.call("Page.addScriptToEvaluateOnNewDocument",
                       source="window.escaped = 0; window.broken = () => { window.escaped += 1; };")

    def open(self, name, **options):
        print(f"{name}.html")
        self.url = f"file://{self.folder}/{name}.html"
        self.page.open(self.url, **options)
        self.page.frame()
        if name != "fragments":
            self.page.js(PRELUDE)

    def js(self, expression):
        value = self.page.js(expression)
        self.page.frame()
        return value

    def quiet(self):
        equal("nothing on the console", self.page.console, [])
        equal("no request but the page itself", self.page.requests, [self.url])

    def shot(self, name):
        self.page.screenshot(os.path.join(self.folder, name + ".png"))

    def search(self, text):
        self.js("one('.search').focus(); one('.search').select(); 0")
        self.page.insert(text)

    # -- taxi.html: two datasets, schema, drift

    def taxi(self):
        self.open("taxi")
        self.shot("taxi")
        equal("alerts come first", self.js("all('.panel')[0].getAttribute('aria-label')"), "alerts")
        equal("both sections with their counts", self.js("all('h3').map((node) => node.textContent)"),
              ["Numeric features16", "Categorical features2"])
        equal("total examples", self.js("all('.datasets tbody tr').map((row) => row.children[1].textContent)"), ["10,036", "4,966"])
        equal("one line of cells per dataset", self.js("row('fare').querySelectorAll('.lines .cells').length"), 2)
        equal("Facets' columns", self.js("all('.section')[0].querySelectorAll('.section-header .cells div').length"), 8)

        clipped = "all('.cell.number').filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"
        for width in (1400, 980):
            self.page.call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
            self.page.frame()
            equal(f"{width} px wide: no number is cut", self.js(clipped), [])
            check("and nothing lies beyond the edge", self.js("one('.scroller').scrollWidth <= one('.scroller').clientWidth"))
        self.shot("taxi-narrow")
        self.page.call("Emulation.setDeviceMetricsOverride", width=1400, height=1000, deviceScaleFactor=1, mobile=False)
        self.page.frame()

        first = self.js("names()")
        self.search("^(fare|company)$")
        equal("search by regular expression", self.js("names()"), ["fare", "company"])
        self.search("FARE")
        equal("search ignores case", self.js("names()"), ["fare"])
        self.search("trip_(")
        equal("what is no regular expression is searched as text", self.js("names()"), [])
        check("and says so", self.js("one('.search').classList.contains('invalid')"))
        self.page.press("Escape")
        equal("Escape clears the search", self.js("[one('.search').value, names().length > 10]"), ["", True])
        self.js("toggle('inValues')")
        self.search("Credit Card")
        equal("search in values", self.js("names()"), ["payment_type"])
        self.page.press("Escape")
        self.js("toggle('inValues')")

        self.js("pick(one('[aria-label=\"Sort by\"]'), 'alphabetical')")
        by_name = self.js("names().filter((name) => row(name).closest('.section') === all('.section')[0])")
        equal("alphabetical order", by_name, sorted(by_name))
        self.js("toggle('reverse')")
        equal("reversed", self.js("names()[0]"), "trip_start_timestamp")
        self.js("toggle('reverse'); pick(one('[aria-label=\"Sort by\"]'), 'missing_or_zero')")
        equal("by missing or zero", self.js("names()[0]"), "tips")
        equal("zeros above 10 % are marked", self.js("[...row('tips').querySelectorAll('.cell.alert')].map((cell) => cell.textContent)"), ["68.91%", "67.32%"])
        check("the formula is shown", "(missing + zeros) / examples" in self.js("one('.formula-line').textContent"))
        self.js("pick(one('[aria-label=\"Sort by\"]'), 'distance')")
        check("the distance's formula is shown", "(u/U - v/V)^2" in self.js("one('.formula-line').textContent"))
        self.js("pick(one('[aria-label=\"Sort by\"]'), 'feature_order')")
        equal("back in feature order", self.js("names()"), first)

        self.js("chip('string')")
        equal("filter by type", self.js("names()"), ["payment_type"])
        equal("the count follows", self.js("one('.found').textContent"), "1 of 18 features")
        self.js("chip('string'); chip('errors')")
        equal("filter by alert", self.js("names()"), ["trip_miles", "company"])
        self.js("chip('errors')")

        before = self.js("bars('dropoff_latitude')")
        self.js("chip('eval')")
        equal("a dataset switched off takes its bars along", self.js("bars('dropoff_latitude')") < before, True)
        equal("and its line", self.js("row('fare').querySelectorAll('.lines .cells').length"), 1)
        self.js("chip('eval')")
        shares = self.js("heights('fare')")
        self.js("toggle('percent')")
        check("counts are drawn where percentages are off", self.js("heights('fare')") != shares)
        linear = self.js("heights('fare')")
        self.js("toggle('log')")
        check("logarithmic bars", self.js("heights('fare').filter((h) => h > 10).length") > len([h for h in linear if h > 10]))
        self.js("toggle('log'); toggle('percent')")
        self.js("pick(one('[aria-label=\"Chart of numeric features\"]'), 'Quantiles')")
        equal("quantiles: eleven marks and a line per dataset", self.js("row('fare').querySelectorAll('.row .chart line.stroke').length"), 24)
        self.js("pick(one('[aria-label=\"Chart of numeric features\"]'), 'Standard')")

        box = self.js("(({left, top, height}) => [left + 10, top + height / 2])(row('fare').querySelector('.chart').getBoundingClientRect())")
        self.page.move(*box)
        tooltip = self.js("one('.tooltip').hidden ? '' : one('.tooltip').textContent")
        check("a tooltip tells range, share and count of both", tooltip.count("%") == 2 and "–" in tooltip, tooltip)
        self.page.move(5, 5)
        self.taxi_keyboard()
        self.quiet()

    def taxi_keyboard(self):
        press = self.page.press
        self.js("focused() && focused().blur(); document.body.focus(); 0")
        press("/")
        check("'/' goes to the search field", self.js("focused() === one('.search')"))
        press("/")
        equal("and is typed there", self.js("one('.search').value"), "/")
        press("Escape")
        press("Escape")
        check("Escape in the empty field goes to the list", self.js("focused().classList.contains('row')"))
        press("ArrowDown")
        equal("down", self.js("focused().querySelector('.name .text').textContent"), self.js("names()[1]"))
        press("Home")
        press("Enter")
        equal("Enter opens", self.js("[focused().getAttribute('aria-expanded'), all('.detail').length]"), ["true", 1])
        press("Tab")
        check("Tab goes into what is open", self.js("!!focused().closest('.detail')"))
        equal("to the chosen chart's tab", self.js("focused().getAttribute('aria-selected')"), "true")
        press("ArrowRight")
        equal("arrows choose a chart", self.js("focused().textContent"), "Quantiles")
        press("Tab")
        press("ArrowRight")
        check("arrows step through the chart and tell what is there", self.js("!one('.tooltip').hidden && one('.tooltip').textContent.includes('%')"))
        press("Tab")
        check("the raw data can be scrolled by key", self.js("focused().classList.contains('raw')"))
        equal("percentiles of both datasets", self.js("focused().querySelectorAll('thead th').length"), 3)
        self.js("row(names()[0]).querySelector('.row').focus()")
        press("ArrowLeft")
        equal("left closes", self.js("all('.detail').length"), 0)
        press(" ")
        equal("so does Escape what the space bar opened", self.js("all('.detail').length"), 1)
        press("Escape")
        equal("closed", self.js("all('.detail').length"), 0)
        press("End")
        press("ArrowDown")
        equal("arrows go on into the next section", self.js("focused().closest('.section').getAttribute('aria-label')"), "Categorical features")
        equal("one stop of the tab key per list", self.js("all('.row[tabindex=\"0\"]').length"), 2)
        equal("every control has a name", self.js("""all('button, input, select, [tabindex="0"]').filter((node) =>
            !(node.textContent.trim() || node.getAttribute('aria-label') || node.closest('label'))).length"""), 0)
        equal("roles of the list", self.js("['treegrid', 'row', 'columnheader', 'rowheader', 'gridcell'].filter((role) => !one(`[role=${role}]`))"), [])

    # -- anomalies.html: one dataset that breaks its schema

    def anomalies(self):
        self.open("anomalies", dark=True)
        self.shot("anomalies-dark")
        equal("dark as the system", self.js(BACKGROUND), DARK)
        self.contrast("dark")
        self.page.dark(False)
        self.page.frame()
        equal("light as the system", self.js(BACKGROUND), LIGHT)
        self.contrast("light")
        self.js("all('header .chip')[0].click(); all('header .chip')[0].click()")
        equal("the reader's choice wins", self.js(BACKGROUND), DARK)
        self.js("all('header .chip')[0].click()")
        equal("and can be taken back", self.js(BACKGROUND), LIGHT)
        self.js("one('.alerts .link').click()")
        self.page.frame()
        equal("an alert leads to its feature", self.js("focused().querySelector('.name .text').textContent"), self.js("one('.alerts .link').textContent"))
        text = self.js("one('.detail .anomaly').textContent")
        check("numbers in the rule", "values outside the domain: 9,949 / 10,036 = 0.991331 > 0 = 1 - min_domain_mass" in text, text)
        equal("the change that accepts it", self.js("all('.detail .diff .added').map((line) => line.textContent.trim())"),
              ['+   value: "Cash"', '+   value: "Credit Card"'])
        check("the schema beside it", "required" in self.js("one('.facts').textContent"))
        self.shot("anomalies")
        self.quiet()

    def contrast(self, theme):
        low = self.js("""(() => {
          const light = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
              .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const behind = (node) => { for (let at = node; at; at = at.parentElement) {
              const color = getComputedStyle(at).backgroundColor; if (!/, 0\\)$|transparent/.test(color)) return color; } return 'rgb(255,255,255)'; };
          const low = new Set();
          for (const node of all('*')) {
            if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()) || !node.getClientRects().length) continue;
            if (node instanceof SVGElement || node.tagName === 'OPTION') continue;
            const a = light(getComputedStyle(node).color), b = light(behind(node));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) low.add(`${node.className || node.tagName}: ${ratio.toFixed(2)}`);
          }
          return [...low];
        })()""")
        equal(f"{theme}: text stands out at 4.5 : 1 at least", low, [])

    # -- wide.html: 1,000 features, twice

    def wide(self):
        size = os.path.getsize(os.path.join(self.folder, "wide.html"))
        self.open("wide")
        self.shot("wide")
        check(f"under 3 MB ({size:,} bytes)", size < 3_000_000)
        equal("1,000 features", self.js("one('.found').textContent"), "1,000 features")
        rows = self.js("all('.feature').length")
        check(f"only rows in sight exist ({rows})", rows < 60)
        self.page.call("Performance.enable", timeDomain="threadTicks")
        work = -self.thread_ms()
        steps = self.js("""new Promise((done) => {
          const scroller = one('.scroller');
          let steps = 0;
          const step = () => {
            if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) return done(steps);
            scroller.scrollTop += 240;
            steps += 1;
            requestAnimationFrame(() => requestAnimationFrame(step));
          };
          step();
        })""")
        work += self.thread_ms()
        frames = sorted(self.js("statisticsHandle.frames"))
        middle = frames[len(frames) // 2]
        check(f"{steps} scroll steps: script {middle:.1f} ms in the median ({frames[int(len(frames) * 0.95)]:.1f} ms at the 95th percentile)",
              len(frames) >= steps > 100 and (UNTIMED or middle <= FRAME_BUDGET_MS["script"]))
        check(f"main thread {work / steps:.1f} ms a step", UNTIMED or work / steps <= FRAME_BUDGET_MS["thread"])
        check("at the end stands the last feature", self.js("names().includes('signal_998_category')"))
        for what, action in (("search", "one('.search').value = '99'; one('.search').dispatchEvent(new Event('input'))"),
                             ("sort", "one('.search').value = ''; one('.search').dispatchEvent(new Event('input')); pick(one('[aria-label=\"Sort by\"]'), 'distance')"),
                             ("open all", "toggle('expandAll')")):
            took = -self.thread_ms()
            self.js(action)
            took += self.thread_ms()
            check(f"{what}: {took:.0f} ms of the main thread", UNTIMED or took < 250)
        self.js("one('.scroller').scrollTop = 1e9")
        self.page.frame()
        self.shot("wide-open")
        check("details are drawn only in sight", 0 < self.js("all('.detail').length") < 20)
        self.quiet()

    def thread_ms(self):
        metrics = self.page.call("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration") * 1000

    # -- hostile.html

    def hostile(self):
        self.open("hostile")
        self.shot("hostile")
        self.js("toggle('expandAll')")
        for _ in range(60):
            if self.js("(() => { const s = one('.scroller'), before = s.scrollTop; s.scrollTop += 700; return s.scrollTop === before; })()"):
                break
        equal("no value became code", self.js("window.escaped"), 0)
        equal("no value became an element", self.js("all('script, img, iframe, object, embed, link, base, form').length + document.querySelectorAll('script').length - 2"), 0)
        equal("the title is text", self.js("[document.title, one('h1').textContent]"), ["</title><script>broken()</script>"] * 2)
        for name in ("</script><script>broken()</script>", "${broken()}`", "__proto__", "bad utf-8 \\xff\\xfe end", "right<U+202E>left", "日本語の名前"):
            self.js(f"one('.search').value = {name!r}.replace(/[.*+?^${{}}()|[\\]\\\\]/g, '\\\\$&'); one('.search').dispatchEvent(new Event('input'))")
            check(f"{name} can be found", self.js("names().length") >= 1)
        self.quiet()

    # -- fragments.html

    def fragments(self):
        self.open("fragments")
        self.shot("fragments")
        equal("two components in one page", self.page.js("[...document.querySelectorAll('[data-tfx-statistics]')].map((e) => e.shadowRoot.querySelector('h1').textContent)"),
              ["First", "Second"])
        self.page.js("document.getElementById('outside').focus()")
        self.page.press("/")
        equal("keys of the page stay the page's", self.page.js("document.getElementById('outside').value"), "/")
        equal("styles do not leak", self.page.js("document.getElementById('outside').getBoundingClientRect().height < 32"), True)
        equal("mounted once", self.page.js("(TfxStatistics.mountAll(document.querySelector('[data-tfx-statistics]').dataset.tfxStatistics), document.querySelectorAll('[data-tfx-statistics]').length)"), 2)
        equal("destroy empties it", self.page.js("""(() => { const div = document.body.appendChild(document.createElement('div'));
            const model = JSON.parse(document.querySelector('[data-tfx-statistics] script').textContent);
            const handle = TfxStatistics.mount(div, model, {theme: 'dark'}); const before = div.shadowRoot.childElementCount; handle.destroy();
            return [before, div.shadowRoot.childElementCount]; })()"""), [1, 0])
        self.quiet()


def main():
    folder = os.path.abspath(sys.argv[-1])
    browser = Chromium()
    try:
        checks = Checks(browser, folder)
        for run in (checks.taxi, checks.anomalies, checks.wide, checks.hostile, checks.fragments):
            try:
                run()
            except RuntimeError:
                traceback.print_exc()
                failures.append(f"{run.__name__} broke off")
    finally:
        browser.close()
    print(f"browser: {len(failures)} failures; screenshots in {folder}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
