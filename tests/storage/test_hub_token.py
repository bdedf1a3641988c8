"""The token for the hub: where it lies, who may read it, and who is given it."""

import pytest

from core.errors import InputError
from storage.hub_token import forget_hub_token, has_hub_token, hub_environment, keep_hub_token
from storage.settings import Settings
from workers.children import _environment

TOKEN = "hf_abcdefghijklmnop"


def test_the_token_is_in_a_file_of_the_owners_alone_and_reaches_whoever_downloads(workspace, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    settings = Settings()
    assert hub_environment(settings) == {} and "HF_TOKEN" not in _environment(settings, 1, None)
    keep_hub_token(settings, TOKEN)
    [file] = (workspace / "secrets").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("hub_token", 0o600)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert _environment(settings, 1, None)["HF_TOKEN"] == TOKEN
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    assert _environment(settings, 1, None)["HF_TOKEN"] == "hf_of_the_environment"
    monkeypatch.delenv("HF_TOKEN")
    forget_hub_token(settings)
    assert not has_hub_token(settings) and hub_environment(settings) == {}


@pytest.mark.parametrize("token", ["", "hf", "hf_ab cdefgh", "hf_abc\ndefgh", "hf_ä_abcdefg", "h" * 600])
def test_what_can_be_no_token_is_refused_without_repeating_it(workspace, token):
    with pytest.raises(InputError) as refused:
        keep_hub_token(Settings(), token)
    assert not has_hub_token(Settings())
    assert token == "" or token not in f"{refused.value.message} {refused.value.remedy}"
