"""Tools in a chat request: checked as they arrive, and passed on as the chat template takes them."""

from core.inference.request_fields import check_encodable

MOST_TOOLS = 128
LONGEST_TOOL_NAME = 128


def checked_tools(tools: list) -> list[dict]:
    """Tools in OpenAI's format, without nulls. Raises ValueError."""
    check_encodable(tools)
    checked = [_tool(tool, place) for place, tool in enumerate(tools, 1)]
    names = [tool["function"]["name"] for tool in checked]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"two tools are called {twice!r}")
    return checked


def _tool(tool: object, place: int) -> dict:
    if not isinstance(tool, dict) or tool.get("type", "function") != "function":
        raise ValueError(f"tool {place}: only tools of type 'function' are supported")
    function = tool.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_TOOL_NAME:
        raise ValueError(f"tool {place}: a function needs a name of up to {LONGEST_TOOL_NAME} characters")
    function = {key: value for key, value in function.items() if value is not None}
    if not isinstance(function.get("parameters", {}), dict):
        raise ValueError(f"tool {place}: parameters must be a JSON schema")
    return {**{key: value for key, value in tool.items() if value is not None}, "function": function}


def template_tools(tools: list[dict]) -> list[dict]:
    """Tools as the chat template gets them: without `strict`, which is for the server and not part of training."""
    return [
        {**tool, "function": {key: value for key, value in tool["function"].items() if key != "strict"}}
        for tool in tools
    ]
