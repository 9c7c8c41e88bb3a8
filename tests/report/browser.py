# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that can reach nothing: its proxy is a port where nobody listens."""
import json
import os
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

NOBODY = "http://127.0.0.1:9"
FLAGS = ["--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb",
         "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions",
         "--lang=en-US", "--proxy-server=" + NOBODY, "--proxy-bypass-list=<-loopback>"]


class Browser(webdriver.Chrome):
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else []):
            options.add_argument(flag)
        self.home = tempfile.mkdtemp(prefix="chromium.")
        options.add_argument("--user-data-dir=" + self.home)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        super().__init__(service=Service("/usr/bin/chromedriver", env={**os.environ, "TZ": "UTC"}), options=options)
        self.set_page_load_timeout(60)
        self.set_script_timeout(60)

    def quit(self):
        super().quit()
        shutil.rmtree(self.home, ignore_errors=True)

    def look(self, width, height=900, dark=False, media="", scale=1):
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False})

    def js(self, script, *args):
        return self.execute_script(script, *args)

    def requests(self):
        """URLs that anything on the page asked for since the last call."""
        urls = []
        for entry in self.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls

    def complaints(self):
        """Errors and warnings of the console since the last call: refused scripts and styles too."""
        return [entry["message"] for entry in self.get_log("browser") if entry["level"] != "INFO"]
