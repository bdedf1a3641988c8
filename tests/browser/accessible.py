"""Faults that axe finds on a page, except those in Streamlit's own markup, which cannot be fixed from here."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STREAMLITS_OWN = {"list": "[data-testid=stSidebarNav]", "listitem": "[data-testid=stSidebarNav]"}
"""Rule of axe to the only place where it may fail: the navigation puts its sections into a list as plain boxes."""


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, and every heading that skips a level."""
    found = [
        (fault["id"], node)
        for fault in Axe().run(page).response["violations"]
        for node in fault["nodes"]
        if fault["impact"] in ("serious", "critical") or fault["id"] == "heading-order"
    ]
    return [f"{rule}: {node['target']} {node['html'][:200]}" for rule, node in found if not _is_own(page, rule, node)]


def _is_own(page: Page, rule: str, node: dict) -> bool:
    place = STREAMLITS_OWN.get(rule)
    inside = "([target, place]) => Boolean(document.querySelector(target)?.closest(place))"
    return bool(place) and len(node["target"]) == 1 and page.evaluate(inside, [node["target"][0], place])
