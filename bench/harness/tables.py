"""Tables for the terminal and for bench/results."""


def aligned(lines: list[list[str]]) -> str:
    """A Markdown table that can be read as it is; the first line is its head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    head, *rest = lines
    ruled = [head, ["-" * width for width in widths], *rest]
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in ruled)
