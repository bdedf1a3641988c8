"""The child that reads, with too little memory to hold a file of 48 MB and what is made of it."""

from core.data.reading import child

child.MEMORY_BYTES = 120 << 20
child.main()
