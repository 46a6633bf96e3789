"""Compares two cloud assemblies of the project: `make changes BASE=origin/main`.

    report = compare(Path("before"), Path("after"))

It needs neither AWS nor the CDK's Python library, only the packages of `make install`.
"""

from tap_project.changes.comparison import compare
from tap_project.changes.report import Finding, Report, Section

__all__ = ["Finding", "Report", "Section", "compare"]
