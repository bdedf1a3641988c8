"""Choosing the base model: what fits, what does not and why, and how to get one that is not here."""

import pytest
from streamlit.testing.v1 import AppTest

from app.models import catalogue as here
from core.machine import Machine
from core.models import catalogue
from storage.settings import settings
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def bare(workspace, tmp_path, monkeypatch):
    """A machine with 6 GB of memory on which the set-up could not download SmolLM2."""
    monkeypatch.delenv("TUNEWRIGHT_DEFAULT_MODEL")
    monkeypatch.setattr(catalogue, "_INSTALLED", tmp_path / "models")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setattr(here, "this_machine", lambda: Machine(6 * 10**9, 0))
    settings.cache_clear()
    yield
    settings.cache_clear()


def _page():
    import streamlit as st

    from app.components.form import Form
    from app.components.train.base_model import choose_base
    from core.specs import JobKind

    st.text(f"chosen: {choose_base(Form('train', JobKind.TRAIN))}")


def drawn(base=None):
    page = AppTest.from_function(_page, default_timeout=PATIENCE_SECONDS)
    if base:
        page.query_params["base"] = base
    page.run()
    assert not page.exception
    return page


def test_without_smollm2_the_starter_is_preselected_and_smollm2_offered(bare):
    page = drawn()
    assert page.text[0].value == "chosen: starter"
    assert "could not download SmolLM2" in page.info[0].value and "--" not in page.info[0].value
    assert page.button[0].label == "Download SmolLM2-135M-Instruct"
    assert any("135 million parameters · not downloaded yet" in option for option in page.selectbox[0].options)


def test_a_model_that_is_too_large_says_what_it_needs(bare):
    page = drawn("llama-3.1-8b")
    assert "even with 4\\-bit weights" in page.warning[0].value
    assert "6\\.0 GB of memory" in page.warning[0].value
    assert "Accept its terms" in page.info[0].value
    options = page.selectbox[0].options
    assert any("Mistral" in option and "too large for this machine" in option for option in options)
    assert any("1.7B" in option and "too large" not in option for option in options)


def test_a_model_outside_the_catalogue_can_be_named(bare):
    page = drawn("another")
    page.text_input[0].set_value(" org/model ").run()
    assert page.text[0].value == "chosen: org/model"
