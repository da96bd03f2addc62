"""Reads, checks and walks ``menus.yaml``. Pure: no network, no clock, no database.

reading = read_file(Path("menus.yaml"), handlers.SPECS)
reading.hall      # None when there is a finding of severity error
reading.findings  # as_text(findings, source), as_json(findings), exit_status(findings)
"""

from menus.model.findings import Finding, Severity, as_json, as_text, exit_status
from menus.reading.files import content, read_file
from menus.reading.reader import Reading, read, read_bytes

__all__ = [
    "Finding",
    "Reading",
    "Severity",
    "as_json",
    "as_text",
    "content",
    "exit_status",
    "read",
    "read_bytes",
    "read_file",
]
