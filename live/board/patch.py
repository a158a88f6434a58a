"""A delta applied the way a client does it: on the decoded JSON of the protocol, step by step.

The server itself never needs this. It is the reference: clients port it, the Python client calls it, tests hold the
server's frames against it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Entry: TypeAlias = dict[str, Any]
"""One row as the protocol shows it: `bib`, `status`, `rank` and so on, camelCase."""


def patched(entries: Sequence[Entry], delta: Mapping[str, Any]) -> list[Entry]:
    """Return the rows after a `marathon_delta`, given its data and the rows it applies to; neither is changed."""
    rows = {entry["bib"]: entry for entry in entries if entry["bib"] not in delta["removed"]}
    taken_out = {bib for bib, _ in delta["moved"]}
    order = [bib for bib in rows if bib not in taken_out]
    for fields in delta["changed"]:
        rows[fields["bib"]] = {**rows.get(fields["bib"], {}), **fields}
    for bib, position in delta["moved"]:
        order.insert(position, bib)
    return [_ranked(rows[bib], rank) for rank, bib in enumerate(order, delta["offset"] + 1)]


def _ranked(entry: Entry, rank: int) -> Entry:
    return {**entry, "rank": rank if entry["status"] == "active" else None}
