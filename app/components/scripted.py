"""Custom Streamlit components: a script and a style sheet for what no built-in widget does.

The content security policy blocks inline scripts, so each component has a folder under `assets/`.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def scripted(name: str, html: str, *, apart: bool = True, **options):
    """Mount the component with `<name>.js` and `<name>.css` in `assets/<name>/`; returns its state.

    `html` is trusted markup, never data: untrusted text goes through `data=` and is inserted as text by the script.
    Unless `apart`, the component shares the page's styles.
    """
    full_name = serve_folder(name, ASSETS / name)
    component = st.components.v2.component(
        full_name, html=html, css=f"{name}.css", js=f"{name}.js", isolate_styles=apart
    )
    return component(**options)


def serve_folder(name: str, folder: Path) -> str:
    """Serve the files of `folder` as a component's; returns the component's full name."""
    manager, full_name = get_bidi_component_manager(), f"tunewright.{name}"
    if manager.get_component_asset_root(full_name) is None:
        config = ComponentConfig(name, folder.name)
        manager.register_from_manifest(ComponentManifest("tunewright", "1", [config]), folder.parent)
    return full_name
