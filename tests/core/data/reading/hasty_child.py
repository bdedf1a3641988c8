"""The reader's child with a time limit of one second."""

from core.data.reading import child, sending

sending.SECONDS_WITHOUT_PROGRESS = 1
child.main()
