"""Pictures of what a person sees, for people to look at: light and dark, wide and narrow."""

import os
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

SHOTS = os.environ.get("TUNEWRIGHT_SCREENSHOTS")
"""The folder that keeps them; without one none is taken: each look costs a redraw in two themes."""
_DRAWN_MS = 400
_TALLEST = 6000


def shoot(page: Page, name: str, widths: Iterable[int] = ()) -> None:
    """Keep a picture in each theme, as the page is or at each of these widths (pixels) with all of it in view."""
    if not SHOTS:
        return
    Path(SHOTS).mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in widths or (None,):
        if width:
            page.set_viewport_size({"width": width, "height": before["height"]})
            page.wait_for_timeout(_DRAWN_MS)
            height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
            page.set_viewport_size({"width": width, "height": min(height, _TALLEST)})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(_DRAWN_MS)
            page.screenshot(path=Path(SHOTS, f"{name}-{theme}{f'-{width}' if width else ''}.png"))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)
