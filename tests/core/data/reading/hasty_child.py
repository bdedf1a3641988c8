"""The child that reads, with a second of patience."""

from core.data.reading import child

child.SECONDS_WITHOUT_PROGRESS = 1
child.main()
