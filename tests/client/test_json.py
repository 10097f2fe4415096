"""Plans and results as JSON: for logs, and for another process that waits or rolls back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import strategies as st

from neon_restore import (
    Lsn,
    Neon,
    PendingRestore,
    Restored,
    RestorePlan,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)
from tests.client.harness import BACKUP, BEFORE_DELETE, Harness
from tests.client.strategies import try_examples

KINDS: list[Any] = [
    RestorePlan,
    PendingRestore,
    Restored,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
]

zones = st.just(UTC) | st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
times = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    bool: st.booleans(),
    int: st.integers(0, 2**31 - 1),
    type(None): st.none(),
    datetime: times,
    timedelta: st.timedeltas(timedelta(0), timedelta(days=9999)),
    Lsn: st.builds("{:x}/{:X}".format, *[st.integers(0, 2**32 - 1)] * 2).map(Lsn),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type in the models."""
    if hint in LEAVES:
        return LEAVES[hint]
    given = get_args(hint)
    if get_origin(hint) is tuple:
        return st.lists(values(given[0]), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(*map(values, given), max_size=2)
    return st.one_of([values(each) for each in given]) if given else models(hint)


def models(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a model, made of its annotations."""
    fields = {name: values(hint) for name, hint in get_type_hints(kind).items()}
    fields |= {"id": st.from_regex(r"[A-Za-z0-9-]{1,60}", fullmatch=True)} if "id" in fields else {}
    kept = {field.name for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **{name: made for name, made in fields.items() if name in kept})


@pytest.mark.parametrize("kind", KINDS)
def test_any_model_goes_to_json_and_back(kind: Any) -> None:
    @try_examples(20, 200, models(kind))
    def judged(model: Any) -> None:
        assert kind.from_json(model.to_json()) == model

    judged()


def test_another_process_waits(neon: Neon, harness: Harness) -> None:
    plan = RestorePlan.from_json(neon.plan_restore("production", at=BEFORE_DELETE).to_json())
    text = neon.begin_restore(plan).to_json()
    restored = harness.connect().wait(PendingRestore.from_json(text))
    again = Restored.from_json(restored.to_json())
    assert again == restored
    assert str(again) == str(restored)
    assert harness.connect().rollback(again).destination.id == restored.destination.id


def test_a_point_is_a_time_or_an_lsn(neon: Neon, harness: Harness) -> None:
    lsn = harness.commit("shop", "INSERT INTO orders VALUES (7)")
    points: list[dict[str, Any]] = [{"lsn": lsn}, {"at": BEFORE_DELETE}]
    for point in points:
        plan = neon.plan_restore("production", **point)
        assert RestorePlan.from_json(plan.to_json()).point == plan.point


def test_the_form_is_documented(neon: Neon) -> None:
    """Kind and version come first; the fields have the names of the attributes."""
    text = neon.begin_restore("production", at=BEFORE_DELETE).to_json()
    assert text.startswith('{"kind":"PendingRestore","version":1,"value":{')
    value = json.loads(text)["value"]
    assert value["backup_name"] == BACKUP
    assert value["point"] == BEFORE_DELETE
    assert json.loads(msgspec.json.encode(Lsn("0/1DE2850"))) == {"lsn": "00000000/01DE2850"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This is no Restored in JSON: Input data was truncated"),
        ("{", "This is no Restored in JSON"),
        ("[]", "This is no Restored in JSON: Expected `object`, got `array`"),
        ("[" * 100_000, "This is no Restored in JSON"),
        ("\ud800", "This is no Restored in JSON"),
        (b"\xff", "This is no Restored in JSON"),
        ('{"kind": "Restored", "version": "1", "value": {}}', "Expected `int`, got `str`"),
        ('{"kind": "Restored", "version": 1}', "missing required field `value`"),
        ('{"kind": "Restored", "version": 1, "value": {}}', "missing required field `intent`"),
        ('{"kind": "Restored", "version": 1, "value": {"intent": 7}}', "got `int`"),
        ('{"kind": "RestorePlan", "version": 1, "value": {}}', "This is a RestorePlan in JSON, no"),
        ('{"kind": "\\u001b", "version": 1, "value": {}}', r"This is a \\x1b in JSON"),
        (
            '{"kind": "Restored", "version": 2, "value": {}}',
            "This is version 2 of a Restored in JSON, and this library reads version 1",
        ),
    ],
)
def test_other_text_is_refused(text: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Restored.from_json(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("point", "2026-11-20T14:31:00"),
        ("point", {"lsn": "elsewhere"}),
        ("planned_at", "2026-11-20T14:31:00"),
        ("reset_at", "2026-11-20T14:31:00"),
        ("destination", {"id": "../x", "name": "x", "created_at": "2026-11-20T14:31:00Z"}),
    ],
)
def test_a_value_that_was_changed_by_hand_is_checked(field: str, value: Any, neon: Neon) -> None:
    """A time without a zone names no moment, and an id becomes a part of a path."""
    text = json.loads(neon.begin_restore("production", at=BEFORE_DELETE).to_json())
    text["value"][field] = value
    with pytest.raises(ValueError, match=rf"\$\.{field}"):
        PendingRestore.from_json(json.dumps(text))


def test_snapshots_go_to_json_and_back(neon: Neon, harness: Harness) -> None:
    """Another process finalizes a preview."""
    snapshot = Snapshot.from_json(neon.create_snapshot("production").to_json())
    preview = neon.preview_snapshot(snapshot, "production")
    restored = harness.connect().finalize_restore(SnapshotPreview.from_json(preview.to_json()))
    assert SnapshotRestored.from_json(restored.to_json()) == restored
