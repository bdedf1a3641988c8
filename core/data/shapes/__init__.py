"""Turns a source's rows into examples: finds the shape and the column of each role, then maps the rows.

```python
detected = detect(columns, rows[:20])          # Detected(shape=Shape.CHAT, mapping={"messages": "conversations"}, …)
example, problem = Mapper(detected).example(rows[0])
```

Imports the standard library only, so that processes which need it start quickly.
"""

from core.data.shapes.detected import Detected, detect_prepared
from core.data.shapes.detecting import detect
from core.data.shapes.mapping import Mapper

__all__ = ["Detected", "Mapper", "detect", "detect_prepared"]
