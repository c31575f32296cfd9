"""A headless Chromium driven through its DevTools pipe, with the standard library only."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Page:
    """One tab. Collects every console message, exception and request of the page."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.console, self.requests = [], []

    def call(self, method, **params):
        return self.browser.call(method, params, self.session)

    def open(self, url, width=1400, height=1000, dark=False):
        self.console.clear()
        self.requests.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.dark(dark)
        self.browser.loaded.discard(self.session)
        self.call("Page.navigate", url=url)
        self.browser.pump_until(lambda: self.session in self.browser.loaded, f"{url} to load")

    def dark(self, on):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def js(self, expression):
        """The value of an expression; promises are awaited, exceptions raised."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def press(self, key, shift=False):
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
                 "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        event = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key.upper()[0])), "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **event, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)
        self.frame()

    def insert(self, text):
        """As an input method does: no key events."""
        self.call("Input.insertText", text=text)
        self.frame()

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.frame()

    def frame(self):
        """Until what was asked for is drawn."""
        self.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


class Chromium:
    TIMEOUT_SECONDS = 60

    def __init__(self):
        program = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None)
        if program is None:
            raise SystemExit("browser: there is no chromium here; tests/browser/run.sh installs it")
        self.profile = tempfile.mkdtemp(prefix="tfx-browser-")
        child_in, self.out = os.pipe()
        self.inp, child_out = os.pipe()

        def to_3_and_4():  # where Chromium expects the pipe
            a, b = os.dup2(child_in, 13), os.dup2(child_out, 14)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--remote-debugging-pipe", "--no-first-run", "--disable-background-networking", "--disable-component-update",
             f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=to_3_and_4, pass_fds=(3, 4, child_in, child_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(child_in)
        os.close(child_out)
        self.buffer, self.answers, self.next_id = b"", {}, 0
        self.pages, self.loaded = {}, set()

    def page(self):
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        return page

    def call(self, method, params, session=None):
        self.next_id += 1
        number = self.next_id
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        self.pump_until(lambda: number in self.answers, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def pump_until(self, done, what):
        end = time.monotonic() + self.TIMEOUT_SECONDS
        while not done():
            if not select.select([self.inp], [], [], max(0, end - time.monotonic()))[0]:
                raise RuntimeError(f"no answer from the browser after {self.TIMEOUT_SECONDS} s: waited for {what}")
            data = os.read(self.inp, 1 << 20)
            if not data:
                raise RuntimeError("the browser ended")
            *messages, self.buffer = (self.buffer + data).split(b"\0")
            for message in messages:
                self.dispatch(json.loads(message))

    def dispatch(self, message):
        if "id" in message:
            self.answers[message["id"]] = message
            return
        page = self.pages.get(message.get("sessionId"))
        if page is None:
            return
        method, params = message["method"], message["params"]
        if method == "Page.loadEventFired":
            self.loaded.add(page.session)
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            page.console.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled":
            page.console.append(f"console.{params['type']}: {[arg.get('value') for arg in params['args']]}")
        elif method == "Log.entryAdded":
            page.console.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            page.requests.append(params["request"]["url"])

    def close(self):
        try:
            self.call("Browser.close", {})
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.inp)
        shutil.rmtree(self.profile, ignore_errors=True)
