"""One Chromium and one JupyterLab for all browser tests; a failure shows the server's log, the console and the page."""

import os
import shutil

import pytest

from .lab import SCREENSHOTS, Notebook, Server

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
SERVER = pytest.StashKey()


def executable():
    """Return the path of the browser on this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


# Playwright's event loop counts as running as long as it lives, and other tests have loops of their own: so it ends
# with this folder's tests, not with the session.
@pytest.fixture(scope="package")
def browser():
    """Chromium, driven by Playwright. Without either, tests are skipped, or fail where CI is set."""
    absent = pytest.fail if os.environ.get("CI") else pytest.skip
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent('there is no Playwright; pip install -e ".[browser]"')
    if executable() is None:
        absent(f"there is no browser, by the name of {', '.join(NAMES)}; apt install chromium")
    SCREENSHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(browser, tmp_path_factory, request):
    """A JupyterLab for all tests; it ends with them, whatever happens."""
    server = Server(tmp_path_factory.mktemp("jupyterlab"))
    request.config.stash[SERVER] = server
    yield server
    server.stop()


@pytest.fixture(scope="module")
def window(browser):
    """A window of the browser; its pages close with it."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    yield context
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and SERVER in item.config.stash:
        report.sections.append(("JupyterLab's log", item.config.stash[SERVER].log()))
        for notebook in getattr(item, "funcargs", {}).values():
            if isinstance(notebook, Notebook) and not notebook.page.is_closed():
                report.sections.append(("Console errors", "\n".join(notebook.console)))
                notebook.screenshot("failed")
    return report
