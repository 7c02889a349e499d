"""How matrices are multiplied in a process that answers, or makes picks."""


def by_one_thread() -> None:
    """From now on, each in the thread that asks; to be said once numpy is there.

    Theirs are of a hundred rows, in which a second thread has nothing to win: it waits for the first one, turning, on a
    core that another request or worker wants. On AWS the functions' OPENBLAS_NUM_THREADS says the same.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
