"""The theme switch. Streamlit has no API for it, so a script sets what Streamlit stores in the browser."""

from app.components.navigation import SECTIONS
from app.components.scripted import scripted

_CHOICES = {"System": "Same as system", "Light": "Light", "Dark": "Dark"}


def theme_switch() -> None:
    """Draw the three themes; the browser stores the choice for every page."""
    pages = [entry.slug for entries in SECTIONS.values() for entry in entries]
    choices = "".join(
        f'<label><input type="radio" name="theme" value="{name}" disabled>{words}</label>'
        for name, words in _CHOICES.items()
    )
    scripted(
        "theme",
        f"<fieldset><legend>Light or dark</legend>{choices}</fieldset>",
        key="theme",
        data={"paths": ["/", *(f"/{page}" for page in pages)]},
    )
