"""From the queue to the database: the worker. Its stages, in order: broker, messages, accounts, state, writer, pipeline."""
