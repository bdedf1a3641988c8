"""A loopback server with scripted answers, to reproduce every behaviour of an endpoint."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CITIES = ["Aren", "Belmor", "Corvin", "Dunmar", "Elsing", "Farrow", "Galten", "Hexley"]
RIVERS = ["Ister", "Jarl", "Kelda", "Lorn", "Meer", "Nith", "Ouse", "Pell"]


def town(number: int) -> str:
    """A unique paragraph of about 40 words about a town."""
    city, river = CITIES[number], RIVERS[number]
    return (
        f"The town of {city} lies on the river {river} and was founded in {1200 + number} by fishermen from the coast. "
        f"Today {city} has {3 + number} bridges, and its market on the {river} is known for pottery and smoked eel. "
        f"Every spring the people of {city} hold a race of wooden boats."
    )


def pairs_about(question: str) -> list[dict]:
    """The question-answer pairs that a good model would write about the passage in a prompt."""
    city, river = re.search(r"town of (\w+) lies on the river (\w+)", question).groups()
    year, bridges = re.search(r"founded in (\d+)", question)[1], re.search(r"has (\d+) bridges", question)[1]
    return [
        {"question": f"When was the town of {city} founded?", "answer": f"{city} was founded in {year} by fishermen."},
        {"question": f"How many bridges does {city} have?", "answer": f"The town of {city} has {bridges} bridges."},
        {
            "question": f"What is the market of {city} known for?",
            "answer": f"The market on the {river} is known for pottery.",
        },
    ]


def completion(content: object, tokens: int = 100, finish_reason: str = "stop") -> dict:
    text = content if isinstance(content, str) else json.dumps(content)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    return {"choices": [choice], "usage": {"total_tokens": tokens}}


def good(body: dict) -> dict:
    return completion({"examples": pairs_about(body["messages"][0]["content"])})


class Script:
    """The server: `answer(body)` returns a body, or status, headers and body. Requests are recorded in `asked`."""

    def __init__(self):
        self.answer = good
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/v1"

    def _handler(script):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                script.asked.append(body | {"path": self.path})
                script.headers.append(dict(self.headers))
                said = script.answer(body)
                status, headers, said = said if isinstance(said, tuple) else (200, {}, said)
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_arguments):
                pass

        return Handler

    def close(self):
        self._server.shutdown()
        self._server.server_close()
