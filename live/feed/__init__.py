"""From the queue to the database: the worker. broker -> messages -> accounts -> state -> writer, run by pipeline."""
