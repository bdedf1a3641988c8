"""A chat in Chromium survives reloads, other browsers and a killed studio; answers are stopped, edited and copied."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from app.plumbing.studio import store
from core.specs import ArtifactKind, ExportSpec, JobKind
from core.specs.chats import AnswerState
from storage import answers, chat_messages, chats
from storage.actors import OWNER
from storage.settings import settings
from tests.app.working import pretend
from tests.browser.accessible import faults
from tests.studio import Studio, end_processes_of, processes_of, running_studio

pytestmark = pytest.mark.browser

BRIEF = {"temperature": 0.0, "top_p": 0.95, "max_tokens": 16, "seed": 42}
LONG = BRIEF | {"temperature": 5.0, "max_tokens": 1500}
HOSTILE = """# Owned
**Bold** and <script>window.owned = 1</script> <img src="http://203.0.113.7/a.png" onerror="window.owned = 1">
![spy](http://203.0.113.7/spy.png) [go](javascript:window.owned=1) <http://203.0.113.7/auto> http://203.0.113.7/bare
&lt;img src="http://203.0.113.7/b.png"&gt; [ref] :material/home: :smile:

- one
- two

| a | b |
|---|---|
| 1 | [x](http://203.0.113.7/cell) |

```html
<img src="http://203.0.113.7/code.png">
```

[ref]: http://203.0.113.7/ref
"""


@pytest.fixture(scope="module")
def talking(tmp_path_factory, starter_gguf):
    """A studio's workspace in which the starter model was exported; also the workspace of this process."""
    home = tmp_path_factory.mktemp("talking") / "workspace"
    patch = pytest.MonkeyPatch()
    patch.setenv("TUNEWRIGHT_HOME", str(home))
    settings.cache_clear()
    store.cache_clear()
    gguf = starter_gguf("q8_0")
    spec = ExportSpec(name="starter", output_dir=str(gguf.parent), model="starter")
    pretend(JobKind.EXPORT, spec, ArtifactKind.GGUF, gguf)
    with running_studio(home, ends_all=False) as studio:
        yield studio
    end_processes_of(home)
    store().close()
    store.cache_clear()
    settings.cache_clear()
    patch.undo()


@pytest.fixture
def begun(talking, starter_gguf):
    """`begun(asked with)`: the address of a conversation without a question, with the settings of those to come."""

    def begin(drawn: dict) -> str:
        kept = chats.new_id()
        chats.begin_conversation(store(), OWNER, kept, "Begun", {str(starter_gguf("q8_0")): "starter"}, drawn)
        return f"{talking.url}/chat?conversation={kept}"

    return begin


def send(page: Page, question: str) -> None:
    box = page.get_by_test_id("stChatInput").get_by_role("textbox")
    box.fill(question)
    box.press("Enter")


@contextmanager
def held_back(studio: Studio) -> Iterator[None]:
    """Model servers stand still, so that no answer ends before it is stopped."""
    servers = [process for process in processes_of(studio.home) if "model-server" in process.cmdline()]
    assert servers
    for server in servers:
        server.suspend()
    try:
        yield
    finally:
        for server in servers:
            server.resume()


def answered(page: Page, count: int = 1) -> None:
    expect(page.get_by_text("tokens/s")).to_have_count(count)


def said(page: Page) -> Locator:
    """The questions and answers, each without its buttons and notes."""
    return page.get_by_test_id("stChatMessage").locator("[data-testid=stText], .answer")


@pytest.mark.long
def test_a_reload_and_another_browser_show_the_conversation(page, visit, talking):
    page.goto(f"{talking.url}/chat")
    send(page, "What is a harbour?")
    send(page, "And what is a ship?")  # while the first is answered, or the model still loads
    answered(page, 2)
    expect(said(page)).to_have_count(4)
    expect(said(page).nth(0)).to_have_text("What is a harbour?")
    expect(said(page).nth(2)).to_have_text("And what is a ship?")
    before = [text.strip() for text in said(page).all_inner_texts()]
    assert all(before)
    page.reload()
    answered(page, 2)
    expect(said(page)).to_have_text(before)
    elsewhere = visit()
    elsewhere.goto(page.url)
    answered(elsewhere, 2)
    expect(said(elsewhere)).to_have_text(before)


@pytest.mark.long
def test_the_list_opens_conversations_and_back_returns_to_the_last(page, begun, talking):
    first, second = begun(BRIEF), begun(BRIEF)
    for address, title in ((first, "Ships"), (second, "Bread")):
        chats.rename(store(), OWNER, address.partition("=")[2], title)
    page.goto(first)
    title = page.get_by_role("heading", level=2)
    expect(title).to_have_text("Ships")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Bread").click()
    expect(title).to_have_text("Bread")
    assert page.url == second
    page.go_back()
    expect(title).to_have_text("Ships")
    assert page.url == first


def test_stop_keeps_the_partial_answer_and_another_question_can_be_asked(page, begun, talking: Studio):
    address = begun(LONG)
    page.goto(address)
    send(page, "Tell me everything.")
    expect(page.locator(".answer")).not_to_be_empty()
    with held_back(talking):
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("Stopped")).to_be_visible()
    expect(page.locator(".answer")).not_to_be_empty()
    box = page.get_by_test_id("stChatInput").get_by_role("textbox")
    box.fill("Half a\nthought")
    page.reload()
    expect(page.get_by_text("Stopped")).to_be_visible()
    expect(box).to_have_value("Half a\nthought")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Runs").click()
    expect(box).to_have_count(0)
    page.goto(address)
    expect(box).to_have_value("Half a\nthought")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill("Everything")
    page.keyboard.press("Enter")  # its popover may lie half outside the window on a busy machine
    expect(page.get_by_role("heading", level=2)).to_have_text("Everything")
    expect(page.get_by_role("textbox", name="Title")).to_have_count(0)
    with held_back(talking):
        box.press("Enter")
        expect(said(page).nth(2)).to_have_text("Half a\nthought")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("Stopped")).to_have_count(2)
    page.reload()
    expect(page.get_by_text("Stopped")).to_have_count(2)
    expect(box).to_have_value("")


@pytest.mark.long
def test_a_question_is_edited_sent_again_and_the_earlier_one_restored(page, begun):
    page.goto(begun(BRIEF))
    send(page, "What is a harbor?")
    answered(page)
    page.get_by_role("button", name="Edit").click()
    text = page.get_by_role("textbox", name="Your question")
    expect(text).to_have_value("What is a harbor?")
    text.fill("What is a harbour?")
    page.get_by_role("button", name="Send again").click()
    shown = page.get_by_test_id("stChatMessage").first
    expect(shown).to_contain_text("What is a harbour?")
    answered(page)
    page.get_by_role("button", name="Undo the last replacement").click()
    expect(shown).to_contain_text("What is a harbor?")


@pytest.mark.long
def test_a_question_that_is_too_long_is_refused_with_its_length_and_stays_in_the_input(page, begun):
    page.goto(begun(BRIEF))
    long = "harbour " * 3000
    send(page, long)
    expect(page.get_by_test_id("stAlert")).to_contain_text("tokens")
    box = page.get_by_test_id("stChatInput").get_by_role("textbox")
    expect(box).to_have_value(long.strip())
    expect(said(page)).to_have_count(0)
    box.fill("What is a harbour?")
    box.press("Enter")
    answered(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_an_answer_is_announced_and_can_be_copied_as_it_was_written(page, begun):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(begun(BRIEF))
    heard = page.get_by_role("status").and_(page.locator("[aria-live=polite]"))
    send(page, "What is a harbour?")
    answered(page)
    expect(page.locator(".answer")).not_to_be_empty()
    answer = page.locator(".answer").inner_text().strip()
    expect(heard.filter(has_text="Answer of starter")).to_contain_text(answer)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == answer


def test_markdown_is_rendered_and_nothing_in_it_loads_links_or_runs(page, talking):
    kept = chats.new_id()
    chats.begin_conversation(store(), OWNER, kept, "Hostile", {"starter": "starter model"}, BRIEF)
    chat_messages.add_question(store(), OWNER, kept, "Own me.", {"starter": "starter model"}, BRIEF)
    answer = answers.next_waiting(store(), OWNER, kept)
    answers.end_answer(store(), answer.id, AnswerState.DONE, HOSTILE, {})
    foreign = []
    own = (talking.url, talking.url.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(own) else None)
    page.goto(f"{talking.url}/chat?conversation={kept}")
    drawn = page.locator(".answer")
    expect(drawn.locator("li")).to_have_text(["one", "two"])
    expect(drawn.locator("td")).to_have_text(["1", "[x](http://203.0.113.7/cell)"])
    expect(drawn.locator("pre code")).to_have_text('<img src="http://203.0.113.7/code.png">\n')
    expect(drawn.locator("strong")).to_have_text(["Owned", "Bold"])
    for written in (
        "<script>window.owned",
        "![spy](http://203.0.113.7/spy.png)",
        "[go](javascript:",
        ":material/home:",
    ):
        expect(drawn).to_contain_text(written)
    assert faults(page) == []
    assert drawn.locator("a, img, script, h1, [onerror], [src], [href]").count() == 0
    assert page.evaluate("window.owned") is None
    assert not foreign


@pytest.mark.long
def test_a_partial_answer_survives_the_studio(page, begun, talking: Studio):
    address = begun(LONG)
    page.goto(address)
    send(page, "Tell me everything.")
    expect(page.locator(".answer")).not_to_be_empty()
    talking.process.kill()
    talking.process.wait()
    with running_studio(talking.home, ends_all=False) as again:
        page.goto(address.replace(talking.url, again.url))
        expect(page.get_by_text("Interrupted")).to_be_visible()
        expect(said(page).first).to_have_text("Tell me everything.")
        expect(page.locator(".answer")).not_to_be_empty()
        page.get_by_role("button", name="Answer again").click()
        expect(page.get_by_text("tokens/s").or_(page.locator(".answer"))).to_be_visible()
