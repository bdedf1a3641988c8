"""Our own Streamlit components: what no widget of Streamlit does, as a script and a style of this origin.

The content security policy runs no script that stands in a page, so each has its folder under `assets/`.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def scripted(name: str, html: str, *, apart: bool = True, **options):
    """Mount the component whose `<name>.js` and `<name>.css` stand in `assets/<name>/`; returns its state.

    `html` is ours, never data: what a dataset says goes through `data=` and becomes text in the script. One that is not
    `apart` shares the page's styles.
    """
    full_name = serve_folder(name, ASSETS / name)
    component = st.components.v2.component(
        full_name, html=html, css=f"{name}.css", js=f"{name}.js", isolate_styles=apart
    )
    return component(**options)


def serve_folder(name: str, folder: Path) -> str:
    """Let the browser load the files of `folder`, as those of a component; returns the name in their address."""
    manager, full_name = get_bidi_component_manager(), f"tunewright.{name}"
    if manager.get_component_asset_root(full_name) is None:
        config = ComponentConfig(name, folder.name)
        manager.register_from_manifest(ComponentManifest("tunewright", "1", [config]), folder.parent)
    return full_name
