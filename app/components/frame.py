"""What every page shares: its place in the navigation, the same top, and the state of what runs now."""

from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class PageEntry:
    """One page: its file under `pages/` (also its address), its title, a Material icon."""

    slug: str
    title: str
    icon: str
    default: bool = False


SECTIONS: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("overview", "Overview", ":material/home:", default=True),),
    "Build": (
        PageEntry("data", "Data", ":material/table_rows:"),
        PageEntry("train", "Train", ":material/model_training:"),
        PageEntry("runs", "Runs", ":material/monitoring:"),
    ),
    "Prove": (
        PageEntry("evaluate", "Evaluate", ":material/fact_check:"),
        PageEntry("export", "Export", ":material/compress:"),
    ),
    "Use": (
        PageEntry("chat", "Chat", ":material/forum:"),
        PageEntry("serve", "Serve", ":material/dns:"),
    ),
    "Studio": (PageEntry("settings", "Settings", ":material/tune:"),),
}
