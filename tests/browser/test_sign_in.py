"""A studio with a key: signing in on its page, and out again."""

import pytest
from playwright.sync_api import expect

from tests.studio import running_studio

KEY = "canary-key-of-this-studio"

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_a_person_signs_in_and_out(page, tmp_path):
    with running_studio(tmp_path / "workspace", TUNEWRIGHT_API_KEY=KEY) as locked:
        page.goto(f"{locked.url}/settings")
        page.get_by_label("The studio's key").fill("not the key")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("This is not the key.")
        page.get_by_label("The studio's key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Settings", exact=True).wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("The studio's key").wait_for()
        page.goto(locked.url)
        expect(page.get_by_label("The studio's key")).to_be_visible()
