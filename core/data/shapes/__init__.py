"""What a person's rows are made of: which shape, which column plays which role, and the examples that follow.

```python
detected = detect(columns, rows[:20])          # Detected(shape=Shape.CHAT, mapping={"messages": "conversations"}, …)
example, problem = Mapper(detected).example(rows[0])
```

Light: the standard library only.
"""

from core.data.shapes.detecting import Detected, detect, stored
from core.data.shapes.examples import (
    answer_text,
    asked_and_answered,
    conversation,
    is_worth_learning,
    messages_of,
    question_text,
    reasoning_text,
    shape_of,
)
from core.data.shapes.mapping import Mapper
from core.data.shapes.roles import LABELS, ROLES, SHAPE_COLUMNS, count_known

__all__ = [
    "LABELS",
    "ROLES",
    "SHAPE_COLUMNS",
    "Detected",
    "Mapper",
    "answer_text",
    "asked_and_answered",
    "conversation",
    "count_known",
    "detect",
    "is_worth_learning",
    "messages_of",
    "question_text",
    "reasoning_text",
    "shape_of",
    "stored",
]
