"""Linear algebra in one thread: threads that wait for the next of many small products do so busily,
on every core there is.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Others have theirs back afterwards."""
    from threadpoolctl import threadpool_limits  # a worker with a model never needs it

    with threadpool_limits(1, user_api="blas"):
        yield
