"""All colour pairs of both themes meet WCAG AA, computed from their definitions."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
ASSETS = ROOT / "app" / "assets"
TEXT, LARGE = 4.5, 3.0
LOOKS = ["light", "dark"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def grounds(look: str) -> list[str]:
    colours = THEME[look]
    return [colours["backgroundColor"], colours["secondaryBackgroundColor"], colours["sidebar"]["backgroundColor"]]


@pytest.mark.parametrize("look", LOOKS)
def test_text_has_enough_contrast_on_every_background(look):
    colours = THEME[look]
    for name in ("textColor", "linkColor", "grayColor", "greenColor", "orangeColor", "redColor", "blueColor"):
        for ground in grounds(look):
            assert contrast(colours[name], ground) >= TEXT, (name, ground)
    assert contrast("#ffffff", colours["primaryColor"]) >= TEXT


@pytest.mark.parametrize("look", LOOKS)
def test_curves_have_enough_contrast(look):
    from app.components import chart_style

    ours = [chart_style.BASE, chart_style.TUNED, chart_style.WATCHED, *chart_style.SEQUENCE]
    for colour in (*THEME[look]["chartCategoricalColors"], *ours):
        assert contrast(colour, THEME[look]["backgroundColor"]) >= LARGE, colour


def test_custom_styles_have_enough_contrast():
    """Each `light-dark(a, b)` text colour is checked on every background of its theme; the sign-in page has its own."""
    found = re.findall(r"color: light-dark\((#\w{6}), (#\w{6})\)", (ASSETS / "frame.css").read_text())
    assert found
    for pair in found:
        for look, colour in zip(LOOKS, pair, strict=True):
            assert all(contrast(colour, ground) >= TEXT for ground in grounds(look)), (look, colour)
    page = (ASSETS / "sign_in.html").read_text()
    pairs = dict(re.findall(r"(--ground|--text|role=alert\] \{ color): light-dark\((#\w{6}, #\w{6})\)", page))
    ground, *words = (colours.split(", ") for colours in pairs.values())
    assert words and all(contrast(a, b) >= TEXT for pair in words for a, b in zip(pair, ground, strict=True))
    for colour in re.search(r"background: light-dark\((#\w{6}), (#\w{6})\); color: #fff", page).groups():
        assert contrast("#ffffff", colour) >= TEXT


def test_the_wordmark_is_legible_in_both_themes():
    logo = (ASSETS / "logo.svg").read_text()
    dark = re.search(r"prefers-color-scheme: dark\) \{ \.word \{ fill: (#\w{6})", logo)[1]
    light = re.search(r'fill="(#\w{6})" class="word"', logo)[1]
    assert contrast(light, THEME["light"]["sidebar"]["backgroundColor"]) >= TEXT
    assert contrast(dark, THEME["dark"]["sidebar"]["backgroundColor"]) >= TEXT
