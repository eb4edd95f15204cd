"""How long work may take, told apart from how busy the machine is."""

import time

TRIES = 5


def done_within(seconds, work):
    """What `work()` returns, where it takes less than so many seconds of this process's time.

    Time in which others have the processor does not count, and what they do to its caches shows in the quickest of five
    tries: slow work is slow in each.
    """
    took = []
    while len(took) < TRIES:
        begin = time.process_time()
        result = work()
        took.append(time.process_time() - begin)
        if took[-1] < seconds:
            return result
    raise AssertionError(f"took {', '.join(f'{each:.2f}' for each in took)} s")
