"""`models`: the catalogue of base models, what this machine can do with each, and downloading one."""

import sys
from argparse import Namespace
from collections.abc import Iterator

from app.cli.actor import actor
from app.models.catalogue import catalogue
from app.models.downloads import Download, fetch_model
from app.models.model_list import models
from app.wording.times import span_text


def list_models(args: Namespace) -> dict:
    """The catalogue, after downloading what `--fetch` names, and the models trained and exported here."""
    if hasattr(args, "fetch"):
        fetch_model(args.fetch, _tell)
        if sys.stderr.isatty():
            print(file=sys.stderr)
    made = [model for model in models(actor()) if model["kind"] != "base"]
    return {"catalogue": catalogue(actor()), "made": made}


def _tell(download: Download) -> None:
    """The progress, on one line of the terminal."""
    if not sys.stderr.isatty():
        return
    left = f" · about {span_text(download.seconds_left)} left" if download.seconds_left is not None else ""
    print(f"\r\033[K{download.stage}{left}", end="", file=sys.stderr, flush=True)


def in_words(result: dict) -> Iterator[str]:
    """The same as text."""
    yield f"{'name':15}{'size':>7}  {'':8}{'trains':8}{'licence':21}"
    for model in result["catalogue"]:
        here = "default" if model["default"] else "here" if model["here"] else "hub"
        yield (
            f"{model['reference']:15}{_size(model['parameters']):>7}  {here:8}{model['trains'] or 'no':8}"
            f"{model['license']:21}{model['reason']}"
        )
        if model["gated"] and not model["here"]:
            yield f"{'':15}Accept its terms at huggingface.co/{model['hub_id']} first, then set HF_TOKEN."
        if model["origin"].startswith("From 4-bit"):
            yield f"{'':15}{model['origin']}"
    for model in result["made"]:
        yield f"{model['kind']:15}{model['label']}  {model['reference']}"


def _size(parameters: int) -> str:
    return f"{parameters / 1e9:.1f}B" if parameters >= 995e6 else f"{parameters / 1e6:.0f}M"
