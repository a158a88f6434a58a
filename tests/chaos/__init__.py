"""Servers of our own are killed while the feed runs; afterwards nothing is missing and nothing is there twice."""
