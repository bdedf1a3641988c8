"""The reader's child with too little memory to hold a file of 48 MB together with its rows."""

from core.data.reading import child

child.MEMORY_BYTES = 120 << 20
child.main()
