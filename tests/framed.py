"""A page drawn in the process of the test, inside the frame of `Home.py`: links between pages need that."""

from streamlit.testing.v1 import AppTest

from tests.studio import ROOT
from tests.waiting import PATIENCE_SECONDS


def framed(page: str, state: dict | None = None, /, **query: str) -> AppTest:
    """The page `page` as a person who followed a link with this query sees it; `state` is put into their session."""
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE_SECONDS)
    app.run()
    for name, value in (state or {}).items():
        app.session_state[name] = value
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    return app
