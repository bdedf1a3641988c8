"""What a person's rows are made of: which shape, which column plays which role, and the examples that follow.

```python
detected = detect(columns, rows[:20])          # Detected(shape=Shape.CHAT, mapping={"messages": "conversations"}, …)
example, problem = Mapper(detected).example(rows[0])
```

Light: the standard library only.
"""

from core.data.shapes.detecting import Detected, detect, stored
from core.data.shapes.mapping import Mapper

__all__ = [
    "Detected",
    "Mapper",
    "detect",
    "stored",
]
