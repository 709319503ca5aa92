"""A headless Chromium that looks at pages as a user's browser does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PHONE, DESKTOP = 360, 1200
"""Widths in pixels; few phones are narrower."""


def _program(*names: str) -> str:
    """The first of some programs that is installed."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found is not None, f"no {names[0]}; make system-tools installs it"
    return found


class Browser:
    """One window."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, url: str, width: int = DESKTOP, *, dark: bool = False) -> None:
        """Load a page; what it says from now on is in `messages`."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.resize(width, 900)
        self.driver.get(url)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **size)

    def command(self, name: str, **values: Any) -> Any:
        """A command of the protocol of Chromium's developer tools."""
        return self.driver.execute_cdp_cmd(name, values)

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector: str) -> list[str]:
        """The texts of elements, hidden ones too."""
        found = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
        return [" ".join(text.split()) for text in self.run(found, selector)]

    def table(self, name: str) -> list[list[str]]:
        """The cells of a table's body."""
        rows = "return [...document.querySelectorAll(arguments[0])].map("
        cells = "row => [...row.cells].map(cell => cell.textContent))"
        found: list[list[str]] = self.run(rows + cells, f"#{name} tbody tr")
        return found

    def press(self, key: str) -> Any:
        """Press a key; the element that has the focus then."""
        self.driver.switch_to.active_element.send_keys(key)
        return self.driver.switch_to.active_element

    def find(self, selector: str) -> Any:
        """One element."""
        return self.driver.find_element("css selector", selector)

    def messages(self) -> list[str]:
        """What the page and the browser wrote to the console since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def picture(self) -> bytes:
        """A PNG of the window."""
        png: bytes = self.driver.get_screenshot_as_png()
        return png


TAB, ENTER = "\ue004", "\ue007"
"""The keys, as WebDriver numbers them."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser that asks no network for itself or its driver."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = _program("chromium", "chromium-browser", "google-chrome")
    # In a container there is no sandbox for root, and little shared memory.
    switches = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars")
    for switch in switches:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(_program("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
