"""The base models that the studio knows by name: size, licence, source, and folder. Loads no ML library."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.models.hub.cache import cache_folder, cached

STARTER = "starter"
STARTER_FOLDER = Path(__file__).parent / "starter"
_INSTALLED = Path(sys.prefix) / "share/models"
"""Where set-up puts models: beside the packages, so every workspace shares them."""


@dataclass(frozen=True)
class CatalogueModel:
    """A base model. `reference` names it in specs, commands and adapters; `context` is its context length in tokens.

    `layers`, `width`, `inner`, `key_width` and `vocabulary` are the sizes of its matrices, for memory estimates.
    """

    reference: str
    name: str
    parameters: int
    license: str
    context: int
    languages: str
    layers: int
    width: int
    inner: int
    key_width: int
    vocabulary: int
    tied: bool = True
    query_width: int | None = None
    """Of all heads together; None means the same as `width`."""
    family: str = "llama"
    """`model_type` of its language model in config.json."""
    hub_id: str | None = None
    revision: str | None = None
    gated: bool = False
    """Whether its terms must be accepted on the hub before downloading."""
    comes: Literal["with the studio", "with the set-up", "from the hub"] = "from the hub"
    note: str = ""

    @property
    def folder(self) -> Path | None:
        """Where it is kept outside the hub's cache; None for a model that comes from the hub."""
        kept = {"with the studio": STARTER_FOLDER, "with the set-up": _INSTALLED / self.reference}
        return kept.get(self.comes)

    @property
    def local_folder(self) -> Path | None:
        """Where its files are on this machine; None until they have been downloaded."""
        if not self.folder:
            return cached(self.hub_id, self.revision)
        return self.folder if any(self.folder.glob("*.safetensors")) else None

    @property
    def is_here(self) -> bool:
        """Whether it can be used without a network."""
        return self.local_folder is not None

    @property
    def fetched_to(self) -> Path | None:
        """The folder of its downloaded files, possibly in the hub's cache; None for a model shipped with the studio."""
        return None if self.comes == "with the studio" else self.folder or cache_folder(self.hub_id)

    @property
    def origin(self) -> str:
        """Where the local weights came from, in words, if its manifest says so."""
        manifest = self.folder / "manifest.json" if self.folder else Path()
        return json.loads(manifest.read_text(encoding="utf-8")).get("origin", "") if manifest.is_file() else ""

    @property
    def how_to_get(self) -> str:
        """The command that downloads it."""
        return f".venv/bin/python -m app models --fetch {self.reference}"


_APACHE = "Apache-2.0"
_LLAMA_LANGUAGES = "English, German, French, Italian, Portuguese, Hindi, Spanish, Thai"

CATALOGUE = (
    CatalogueModel(
        "smollm2-135m", "SmolLM2-135M-Instruct", 134_515_008, _APACHE, 8192, "English",
        layers=30, width=576, inner=1536, key_width=192, vocabulary=49_152,
        hub_id="HuggingFaceTB/SmolLM2-135M-Instruct", revision="12fd25f77366fa6b3b4b768ec3050bf629380bac",
        comes="with the set-up", note="Learns a subject on a laptop in minutes.",
    ),
    CatalogueModel(
        STARTER, "Starter model", 6_163_712, _APACHE, 1024, "English",
        layers=6, width=256, inner=768, key_width=256, vocabulary=4096,
        comes="with the studio", note="Tiny, to see the whole process in a minute. Its answers are word salad.",
    ),
    CatalogueModel(
        "smollm2-360m", "SmolLM2-360M-Instruct", 361_821_120, _APACHE, 8192, "English",
        layers=32, width=960, inner=2560, key_width=320, vocabulary=49_152,
        hub_id="HuggingFaceTB/SmolLM2-360M-Instruct", revision="a10cc1512eabd3dde888204e902eca88bddb4951",
    ),
    CatalogueModel(
        "smollm2-1.7b", "SmolLM2-1.7B-Instruct", 1_711_376_384, _APACHE, 8192, "English",
        layers=24, width=2048, inner=8192, key_width=2048, vocabulary=49_152,
        hub_id="HuggingFaceTB/SmolLM2-1.7B-Instruct", revision="31b70e2e869a7173562077fd711b654946d38674",
    ),
    CatalogueModel(
        "qwen3-0.6b", "Qwen3-0.6B", 596_049_920, _APACHE, 40_960, "119 languages",
        family="qwen3", layers=28, width=1024, inner=3072, key_width=1024, query_width=2048, vocabulary=151_936,
        hub_id="Qwen/Qwen3-0.6B", revision="c1899de289a04d12100db370d81485cdf75e47ca",
    ),
    CatalogueModel(
        "qwen3-1.7b", "Qwen3-1.7B", 1_720_574_976, _APACHE, 40_960, "119 languages",
        family="qwen3", layers=28, width=2048, inner=6144, key_width=1024, vocabulary=151_936,
        hub_id="Qwen/Qwen3-1.7B", revision="70d244cc86ccca08cf5af4e1e306ecf908b1ad5e",
    ),
    CatalogueModel(
        "qwen3-4b", "Qwen3-4B", 4_022_468_096, _APACHE, 40_960, "119 languages",
        family="qwen3", layers=36, width=2560, inner=9728, key_width=1024, query_width=4096, vocabulary=151_936,
        hub_id="Qwen/Qwen3-4B", revision="1cfa9a7208912126459214e8b04321603b3df60c",
    ),
    CatalogueModel(
        "qwen3-8b", "Qwen3-8B", 8_190_735_360, _APACHE, 40_960, "119 languages",
        family="qwen3", layers=36, width=4096, inner=12_288, key_width=1024, vocabulary=151_936, tied=False,
        hub_id="Qwen/Qwen3-8B", revision="b968826d9c46dd6066d109eabc6255188de91218",
    ),
    CatalogueModel(
        "llama-3.2-1b", "Llama-3.2-1B-Instruct", 1_235_814_400, "Llama 3.2 Community", 131_072, _LLAMA_LANGUAGES,
        layers=16, width=2048, inner=8192, key_width=512, vocabulary=128_256,
        hub_id="meta-llama/Llama-3.2-1B-Instruct", revision="9213176726f574b556790deb65791e0c5aa438b6", gated=True,
    ),
    CatalogueModel(
        "llama-3.2-3b", "Llama-3.2-3B-Instruct", 3_212_749_824, "Llama 3.2 Community", 131_072, _LLAMA_LANGUAGES,
        layers=28, width=3072, inner=8192, key_width=1024, vocabulary=128_256,
        hub_id="meta-llama/Llama-3.2-3B-Instruct", revision="0cb88a4f764b7a12671c53f0838cd831a0843b95", gated=True,
    ),
    CatalogueModel(
        "llama-3.1-8b", "Llama-3.1-8B-Instruct", 8_030_261_248, "Llama 3.1 Community", 131_072, _LLAMA_LANGUAGES,
        layers=32, width=4096, inner=14_336, key_width=1024, vocabulary=128_256, tied=False,
        hub_id="meta-llama/Llama-3.1-8B-Instruct", revision="0e9e39f249a16976918f6564b8830bc894c89659", gated=True,
    ),
    CatalogueModel(
        "gemma-3-270m", "Gemma-3-270M-it", 268_098_176, "Gemma", 32_768, "mainly English",
        family="gemma3_text", layers=18, width=640, inner=2048, key_width=256, query_width=1024, vocabulary=262_144,
        hub_id="google/gemma-3-270m-it", revision="ac82b4e820549b854eebf28ce6dedaf9fdfa17b3", gated=True,
    ),
    CatalogueModel(
        "gemma-3-1b", "Gemma-3-1B-it", 999_885_952, "Gemma", 32_768, "English",
        family="gemma3_text", layers=26, width=1152, inner=6912, key_width=256, query_width=1024, vocabulary=262_144,
        hub_id="google/gemma-3-1b-it", revision="dcc83ea841ab6100d6b47a070329e1ba4cf78752", gated=True,
    ),
    CatalogueModel(
        "gemma-3-4b", "Gemma-3-4B-it", 3_880_263_168, "Gemma", 131_072, "140 languages",
        family="gemma3_text", layers=34, width=2560, inner=10_240, key_width=1024, query_width=2048, vocabulary=262_208,
        hub_id="google/gemma-3-4b-it", revision="093f9f388b31de276ce2de164bdc2081324b9767", gated=True,
        note="Its part for images is downloaded too, and not used.",
    ),
    CatalogueModel(
        "mistral-7b", "Mistral-7B-Instruct-v0.3", 7_248_023_552, _APACHE, 32_768, "mainly English",
        family="mistral", layers=32, width=4096, inner=14_336, key_width=1024, vocabulary=32_768, tied=False,
        hub_id="mistralai/Mistral-7B-Instruct-v0.3", revision="c170c708c41dac9275d15a8fff4eca08d52bab71",
    ),
)  # fmt: skip

_BY_REFERENCE = {model.reference: model for model in CATALOGUE}
SMOLLM2 = _BY_REFERENCE["smollm2-135m"]


def find_in_catalogue(reference: str) -> CatalogueModel | None:
    """The catalogue's model of this name, or None."""
    return _BY_REFERENCE.get(reference)


def meant_by(name: str) -> CatalogueModel | None:
    """The model that `name` probably means: its full name, its hub id, or its reference in another case."""
    last = name.rpartition("/")[2].lower()
    return next((model for model in CATALOGUE if last in (model.reference, model.name.lower())), None)


def default_reference() -> str:
    """The base model to use if none is named: SmolLM2 once it is here, the starter model until then."""
    return SMOLLM2.reference if SMOLLM2.is_here else STARTER
