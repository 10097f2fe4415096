"""Decides whether a test run can run a block on this machine, and records the result."""

from dataclasses import dataclass

from tests.docs.coverage_report import CoverageReport
from tools.docs import outputs, requirements
from tools.docs.tree import DocsTree

QUICK = "`make quick` leaves to `make test` what takes more than Python in memory"


@dataclass(frozen=True)
class RunPolicy:
    """A test run, which compares outputs, or overwrites them if `writing`.

    Without `real` it runs nothing that needs Postgres or another program.
    """

    tree: DocsTree
    report: CoverageReport
    real: bool
    writing: bool

    def cannot(self, snippet: str) -> bool:
        """Return whether a snippet cannot run here; if so, record it and its output."""
        if self.real:
            reason = requirements.lacking(self.tree, snippet)
        else:
            reason = QUICK if requirements.needs(self.tree, snippet) else None
        if reason:
            self.report.not_run_here(snippet, reason)
            self.report.not_run_here(f"{snippet}.out", reason)
        return reason is not None

    def printed(self, snippet: str, text: str) -> None:
        """Compare or write the output of a snippet, and record both as checked."""
        self.written(f"{snippet}.out", text)
        self.report.prove(snippet)

    def written(self, name: str, text: str) -> None:
        """Compare or write a file under snippets/, and record it; raise ExampleMismatch."""
        record = outputs.write if self.writing else outputs.compare
        record(self.tree, name, text)
        self.report.prove(name)
