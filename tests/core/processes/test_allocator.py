"""Memory freed by a long-lived process goes back to the system."""

import subprocess
import sys

_PROGRAM = """
import psutil
from threading import Thread
from core.processes.allocator import give_memory_back

give_memory_back(1 << 20)
process, kept = psutil.Process(), []

def serve():
    large = []
    for _ in range(10):
        large.append(b"x" * (2 << 20))
        kept.append(b"y" * 1000)

before = process.memory_info().rss
b"x" * (16 << 20)  # from now on glibc would keep blocks of up to this size
threads = [Thread(target=serve) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(process.memory_info().rss - before)
"""


_MANY_ARRAYS = """
import resource
from core.processes.allocator import giving_memory_back

def fresh_pages():
    b"x" * (4 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        b"x" * (4 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with giving_memory_back(1 << 20):
    within = fresh_pages()
print(within, fresh_pages())
"""


def test_memory_of_large_requests_is_returned_despite_small_allocations():
    grown_bytes = int(subprocess.check_output([sys.executable, "-c", _PROGRAM]))
    assert grown_bytes < 16 << 20


def test_memory_is_given_back_only_within_the_block():
    within, after = map(int, subprocess.check_output([sys.executable, "-c", _MANY_ARRAYS]).split())
    assert after < within / 10
