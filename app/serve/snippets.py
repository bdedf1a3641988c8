"""Code to paste that asks a deployment one question: OpenAI's chat call in three languages, and `/generate`."""

import json
from shlex import quote

from app.chat.suggestions import questions_for
from storage.actors import Actor
from storage.rows import Deployment

_MOST_TOKENS = 128
_SEED = 42
_PYTHON = """\
{imports}from openai import OpenAI

client = OpenAI(base_url={base}, api_key={key})
answer = client.chat.completions.create(
    model={model},
    messages=[{{"role": "user", "content": {question}}}],
    max_tokens={tokens},
    seed={seed},
)
print(answer.choices[0].message.content)
"""
_JAVASCRIPT = """\
const response = await fetch({address}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json"{key} }},
  body: JSON.stringify({body}),
}});
const answer = await response.json();
console.log(answer.choices[0].message.content);
"""


def snippets(actor: Actor, deployment: Deployment) -> dict[str, tuple[str, str]]:
    """Snippets by name, each with its language for highlighting; they ask a question of the model's dataset.

    If the deployment needs a key, they read it from the environment variable KEY.
    """
    question = questions_for(actor, deployment.model)[0]
    chat = {
        "model": deployment.name,
        "messages": [{"role": "user", "content": question}],
        "max_tokens": _MOST_TOKENS,
        "seed": _SEED,
    }
    one = {"prompt": question, "max_tokens": _MOST_TOKENS, "seed": _SEED}
    return {
        "curl": ("bash", _curl(deployment, "/v1/chat/completions", chat)),
        "Python": ("python", _python(deployment, question)),
        "JavaScript": ("javascript", _javascript(deployment, chat)),
        "One prompt, without a chat": ("bash", _curl(deployment, "/generate", one)),
    }


def _curl(deployment: Deployment, path: str, body: dict) -> str:
    key = ' -H "Authorization: Bearer $KEY"' if deployment.key_hash else ""
    return f"curl -s {deployment.address}{path} -H 'Content-Type: application/json'{key} -d {quote(_json(body))}"


def _python(deployment: Deployment, question: str) -> str:
    return _PYTHON.format(
        imports="import os\n\n" if deployment.key_hash else "",
        base=_json(f"{deployment.address}/v1"),
        key='os.environ["KEY"]' if deployment.key_hash else '"none is needed"',
        model=_json(deployment.name),
        question=_json(question),
        tokens=_MOST_TOKENS,
        seed=_SEED,
    )


def _javascript(deployment: Deployment, body: dict) -> str:
    return _JAVASCRIPT.format(
        address=_json(f"{deployment.address}/v1/chat/completions"),
        key=", Authorization: `Bearer ${process.env.KEY}`" if deployment.key_hash else "",
        body=json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  "),
    )


def _json(value: object) -> str:
    """JSON, which is also a JavaScript literal and, for strings, a Python one."""
    return json.dumps(value, ensure_ascii=False)
