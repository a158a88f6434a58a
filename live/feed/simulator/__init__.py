"""A fleet of MT5 terminals that exists only in arithmetic: what the real publisher sends, without the real publisher.

    instruments, arithmetic, market -> positions, account -> desk, traders -> terminal, objects, reports -> fleet
        -> faults -> stream -> run, publisher, progress (manage.py simulate_feed)
                            -> embedded (a process that runs the feed itself)

participants looks members up for both. Down to stream it is pure: start, seed, rates and probabilities come in with the
plan, bodies and their due times come out.
"""
