"""Client, sandbox and reference model agree after any actions in any order."""

from contextlib import AbstractContextManager, nullcontext

from hypothesis import settings

from neon_sandbox import MemoryStorage, Sandbox, incident
from neon_sandbox.storage.memory import Commit
from tests.generated_input import same_examples
from tests.harness import UNLIMITED
from tests.properties.machine_base import option
from tests.properties.reference_model import Point
from tests.properties.restore_machine import RestoreStateMachine


class InMemory(RestoreStateMachine):
    """The machine without rows: a branch holds a list of statements."""

    @property
    def storage(self) -> MemoryStorage:
        """The in-memory storage."""
        assert isinstance(self.sandbox.storage, MemoryStorage)
        return self.sandbox.storage

    def open(self) -> AbstractContextManager[Sandbox]:
        """Open the incident in memory."""
        return nullcontext(incident(storage=MemoryStorage(), limits=None, plan=UNLIMITED))

    def compare(self, name: str) -> None:
        """Compare each statement."""
        expected = [commit.sql for commit in self.reference.branches[name].commits if commit.sql]
        assert statements(self.storage.commits(self.id(name))) == expected

    def compare_past(self, name: str, point: Point) -> None:
        """Compare each statement up to the point."""
        compute = self.sandbox.model.time_travel(self.id(name), option(point))
        expected = [commit.sql for commit in self.reference.held(name, point) if commit.sql]
        assert statements(self.storage.ephemeral_commits(compute.id)) == expected


def statements(commits: tuple[Commit, ...]) -> list[str]:
    """Return the statements of a timeline, without those that create the project."""
    return [commit.sql for commit in commits if commit.database != "postgres"]


InMemory.TestCase.settings = settings(same_examples(100, 500), stateful_step_count=15)
TestInMemory = InMemory.TestCase
