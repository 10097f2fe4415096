"""What a run of the tests proves: whether it may run a block here, and what it then notes."""

from dataclasses import dataclass

from tests.docs.coverage_report import CoverageReport
from tools.docs import outputs, requirements
from tools.docs.tree import DocsTree

QUICK = "`make quick` leaves to `make test` what takes more than Python in memory"


@dataclass(frozen=True)
class RunPolicy:
    """One run, which compares outputs or, `writing`, makes them what was printed.

    Without `real` it runs nothing that takes Postgres or another program.
    """

    tree: DocsTree
    report: CoverageReport
    real: bool
    writing: bool

    def cannot(self, snippet: str) -> bool:
        """Note that a snippet cannot be run here, if so, with its output; return whether so."""
        if self.real:
            reason = requirements.lacking(self.tree, snippet)
        else:
            reason = QUICK if requirements.needs(self.tree, snippet) else None
        if reason:
            self.report.not_run_here(snippet, reason)
            self.report.not_run_here(f"{snippet}.out", reason)
        return reason is not None

    def printed(self, snippet: str, text: str) -> None:
        """Note what a snippet printed.

        Raises:
            NotProved: its output file holds something else.
        """
        self.written(f"{snippet}.out", text)
        self.report.prove(snippet)

    def written(self, name: str, text: str) -> None:
        """Note what a run wrote for a file under snippets/.

        Raises:
            NotProved: the file holds something else.
        """
        if self.writing:
            outputs.write(self.tree, name, text)
        else:
            outputs.compare(self.tree, name, text)
        self.report.prove(name)
