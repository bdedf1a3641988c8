"""The switch between the light and the dark look. Streamlit has no call for it: a script of ours sets what it keeps."""

from app.components.navigation import SECTIONS
from app.components.scripted import scripted

_CHOICES = {"System": "As the system has it", "Light": "Light", "Dark": "Dark"}


def theme_switch() -> None:
    """Three choices; the browser keeps the one made, for every page."""
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
