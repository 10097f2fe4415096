"""A state machine that compares the client's actions, in any order, with the reference."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from neon_restore import NeonError, NeonRestoreError, Refused
from neon_sandbox import ApiError
from tests.client.strategies import result_or_error
from tests.properties.machine_base import BEYOND, StateMachineBase, at, body_of, option
from tests.properties.reference_model import LARGEST_WINDOW, Branch, Commit, Point, Verdict

picks = st.integers(0, 30)
# A commit of the source, counted from the end, and an offset in seconds or bytes.
near_commits = st.tuples(picks, st.sampled_from([0, 0, 1, -1, 600, -600, BEYOND]))
flags = st.booleans()
window_lengths = st.sampled_from([timedelta(hours=n) for n in (0, 1, 6, 24, 168, 336)])
backups = st.sampled_from(["by default", "by default", "new", "taken", "none"])


class RestoreStateMachine(StateMachineBase):
    """The actions on the incident. Each step begins and ends on a whole second."""

    @rule(parent=picks, compute=flags, schema_only=flags)
    def create(self, parent: int, compute: bool, schema_only: bool) -> None:
        """Create a branch from the head of another, or a schema-only root branch."""
        kind = "schema-only" if schema_only and self.knows_schemas else "parent-data"
        name, over = f"branch-{next(self.numbers)}", self.pick(parent)
        self.change(
            "POST",
            "/branches",
            {
                "branch": {"name": name, "parent_id": self.id(over), "init_source": kind},
                "endpoints": [{"type": "read_write"}] if compute else [],
            },
        )
        now, held = self.now, self.reference.held(over, None)
        branch = Branch(held, over, now, now, compute)
        if kind == "schema-only":
            defining = [c for c in held if c.sql.startswith(("CREATE", "ALTER"))]
            branch = Branch(defining, None, now, now, compute, spare=True)
        self.reference.branches[name] = branch

    @rule(branch=picks, kind=st.sampled_from(["customers", "events", "delete"]))
    def commit(self, branch: int, kind: str) -> None:
        """Commit new rows, or a DELETE without WHERE."""
        name, first = self.pick(branch), next(self.numbers)
        database, what = ("shop", "name") if kind == "customers" else ("analytics", "page")
        sql = (
            "DELETE FROM events"
            if kind == "delete"
            else f"INSERT INTO {kind} (id, {what}) SELECT n, 'generated' "  # noqa: S608
            f"FROM generate_series({first}, {first + first % 7}) AS n"
        )
        position = self.sandbox.commit(name, database, sql)
        commit = Commit(position.time, int(position.lsn), sql)
        held = self.reference.branches[name]
        held.commits = [*held.commits, commit]

    @rule(root=picks, back=picks, lsn=flags, unprotect=flags)
    def rewind(self, root: int, back: int, lsn: bool, unprotect: bool) -> None:
        """Restore a root branch to one of its own commits."""
        roots = sorted(n for n, branch in self.reference.branches.items() if not branch.parent)
        name = roots[root % len(roots)]
        point = self.point(name, (back, 0), lsn=lsn)
        self.restore(name, name, point, "by default", unprotect=unprotect)

    @rule(branch=picks, source=picks)
    def take_the_head(self, branch: int, source: int) -> None:
        """Restore a branch to the head of any branch."""
        self.restore(self.pick(branch), self.pick(source), None, "by default")

    @rule(branch=picks, source=st.none() | picks, near=st.none() | near_commits, lsn=flags)
    def restore_to_a_point(
        self, branch: int, source: int | None, near: tuple[int, int] | None, lsn: bool
    ) -> None:
        """Restore with a backup branch of the default name."""
        name = self.pick(branch)
        origin = name if source is None else self.pick(source)
        self.restore(name, origin, self.point(origin, near, lsn=lsn), "by default")

    @rule(branch=picks, source=picks, near=st.none() | near_commits, keep=backups, unprotect=flags)
    def restore_from_another(
        self, branch: int, source: int, near: tuple[int, int] | None, keep: str, unprotect: bool
    ) -> None:
        """Restore from any branch, with any backup name or none."""
        name, origin = self.pick(branch), self.pick(source)
        point = self.point(origin, near, lsn=False)
        self.restore(name, origin, point, keep, unprotect=unprotect)

    @rule(backup=picks)
    def roll_back(self, backup: int) -> None:
        """Roll back to a backup branch; assert that this fails if the branch was deleted."""
        named = sorted(name for name in self.reference.branches if "_old_" in name)
        if not named:
            return
        undo = named[backup % len(named)]
        name = undo.rpartition("_old_")[0]
        if name in self.reference.branches:
            self.restore(name, undo, None, "by default", rollback=True)
            return
        with pytest.raises(Refused):
            self.neon.rollback(undo)
        body = {"source_branch_id": self.id(undo), "preserve_under_name": "new"}
        assert self.ask("POST", "/branches/br-gone-1/restore", body).status_code == 404

    @rule(branch=picks)
    def delete(self, branch: int) -> None:
        """Delete a branch if Neon allows it."""
        name = self.pick(branch)
        answer = self.ask("DELETE", f"/branches/{self.id(name)}")
        assert answer.is_success is self.reference.may_go(name), answer.text
        if answer.is_success:
            del self.reference.branches[name]
        else:
            assert answer.is_client_error

    @rule(hours=st.sampled_from([0, 0, 1, 24]))
    def delete_backups(self, hours: int) -> None:
        """Delete the backup branches above an age; the result lists those deleted and refused."""
        age, now = timedelta(hours=hours), self.now
        gone, stayed = [], []
        for backup in self.neon.backups():
            if now - backup.created_at <= age:
                continue
            if self.reference.may_go(backup.name):
                del self.reference.branches[backup.name]
                gone.append(backup.name)
            else:
                stayed.append(backup.name)
        done = self.neon.delete_backups(older_than=age)
        assert [backup.name for backup in done.deleted] == gone
        assert [refused.backup.name for refused in done.refused] == stayed

    @rule(branch=picks, near=near_commits, lsn=flags)
    def travel(self, branch: int, near: tuple[int, int], lsn: bool) -> None:
        """Query a branch's past with Time Travel, or assert that the client or Neon rejects it."""
        name = self.pick(branch)
        point = self.point(name, near, lsn=lsn)
        verdict = self.reference.reach(name, point, self.now)
        event(f"a look at the past {verdict.value}")
        connection, error = result_or_error(
            NeonRestoreError,
            lambda: self.neon.connection_string(name, **at(point), database="shop"),
        )
        if not self.reference.branches[name].compute:
            assert isinstance(error, Refused) or (error and error.status == 404)
        elif verdict is Verdict.REFUSED:
            assert isinstance(error, Refused)
        else:
            assert connection is not None, error
            assert connection.options == option(point)
        if verdict is Verdict.DONE:
            self.compare_past(name, point)
        elif self.reference.branches[name].compute:
            with pytest.raises(ApiError) as refused:
                self.sandbox.model.time_travel(self.id(name), option(point))
            assert 400 <= refused.value.status < 500

    @rule(lengths=st.lists(window_lengths, min_size=1, max_size=2))
    def set_history_window(self, lengths: list[timedelta]) -> None:
        """Set the history window once or twice; the plan has a maximum."""
        for length in lengths:
            now = self.now
            if length > LARGEST_WINDOW:
                with pytest.raises(NeonError, match="exceeds allowed maximum"):
                    self.neon.set_history_window(length)
            else:
                assert self.neon.set_history_window(length).retention == length
                self.reference.set_window(length, now)
            for name in self.reference.branches:
                start = self.neon.history_window(name).start
                assert start == min(self.reference.window_start(name, now), now)
            self.end_step()

    @rule(branch=picks, protected=flags)
    def protect(self, branch: int, protected: bool) -> None:
        """Protect or unprotect a branch."""
        name = self.pick(branch)
        body = {"branch": {"protected": protected}}
        self.change("PATCH", f"/branches/{self.id(name)}", body)
        self.reference.branches[name].protected = protected

    @rule(length=st.sampled_from([1, 60, 3600, 20 * 3600]))
    def let_time_pass(self, length: int) -> None:
        """Advance the clock."""
        self.clock.advance(timedelta(seconds=length))

    @invariant()
    def they_agree(self) -> None:
        """End a step; branches, parents, protection, backups and data match the reference."""
        self.end_step()
        listed = self.ask("GET", "/branches").json()["branches"]
        names = {branch["id"]: branch["name"] for branch in listed}
        assert {
            branch["name"]: (names.get(branch.get("parent_id")), branch["protected"])
            for branch in listed
        } == {
            name: (branch.parent, branch.protected)
            for name, branch in self.reference.branches.items()
        }
        assert len(names) == len(self.reference.branches)
        assert [b["name"] for b in listed if b["default"]] == [self.reference.default]
        assert {branch["current_state"] for branch in listed} == {"ready"}
        assert {(b.name, b.of, frozenset(b.children)) for b in self.neon.backups()} == {
            (name, name.rpartition("_old_")[0], frozenset(self.reference.children(name)))
            for name in self.reference.branches
            if "_old_" in name
        }
        for name in self.reference.branches:
            self.compare(name)

    def restore(
        self,
        name: str,
        source: str,
        point: Point,
        keep: str,
        *,
        rollback: bool = False,
        unprotect: bool = False,
    ) -> None:
        """Restore through the client; if it refuses, assert that the API answers with 4xx too."""
        now, before = self.now, len(self.sent)
        backup = {
            "by default": f"{name}_old_{now:%Y-%m-%dT%H:%M:%S.%f}Z",
            "new": f"kept-{now:%d%H%M%S}",
            "taken": self.pick(len(source)),
            "none": None,
        }[keep]
        verdict = self.reference.judge(name, source, point, backup, now, unprotect)
        opened = unprotect and self.reference.branches[name].protected
        event(f"a restore {verdict.value}")

        def carry_out() -> object:
            if rollback:
                return self.neon.rollback(source)
            plan = self.neon.plan_restore(
                name,
                **at(point),
                source=source,
                backup_name=backup if keep in ("new", "taken") else None,
                discard_previous_state=keep == "none",
                unprotect=unprotect,
            )
            assert plan.backup_name == backup
            return self.neon.restore(plan)

        _, error = result_or_error(NeonRestoreError, carry_out)
        if error is None:
            assert verdict is Verdict.DONE
            assert len(self.sent) == before + (3 if opened else 1)
            self.reference.restore(name, source, point, backup, now)
            if keep == "new":
                resumed = self.neon.resume(name, backup_name=backup)
                assert resumed.destination.id == self.id(name)
        elif isinstance(error, Refused):
            assert verdict is Verdict.REFUSED, error
            assert self.sent[before:] == []
            body = {"source_branch_id": self.id(source)} | body_of(point)
            body |= {"preserve_under_name": backup} if backup else {}
            answer = self.ask("POST", f"/branches/{self.id(name)}/restore", body)
            assert answer.is_client_error, (str(error), answer.text)
        else:
            assert verdict is Verdict.NEON_REFUSES, error
            assert isinstance(error, NeonError)
            assert error.status == 400
            assert error.changed.startswith("nothing.")
