"""The rows of tables now, and in the state that a restore brings."""

import msgspec

from neon_restore._models.text import printable


class TableRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore does to the rows of a table, as `neon_restore.rows` compared them.

    A row that was changed since goes, and comes back as it was. Rows are compared in the columns
    that both states have.

    Attributes:
        database: The database.
        schema: The schema.
        table: The table; empty if nothing of the database was compared.
        now: The number of rows now; None if there is no such table.
        then: The number of rows after the restore; None if there is no such table.
        goes: The number of rows that the restore removes; None if the numbers are estimates.
        comes_back: The number of rows that it brings back; None if the numbers are estimates.
        columns_lost: The columns that only the present state has; their values go.
        columns_back: The columns that only the other state has; their values come back.
        reason: Why nothing was compared, or None.
    """

    database: str
    schema: str = ""
    table: str = ""
    now: int | None = None
    then: int | None = None
    goes: int | None = None
    comes_back: int | None = None
    columns_lost: tuple[str, ...] = ()
    columns_back: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def name(self) -> str:
        """The schema and the table, as `public.orders`."""
        return f"{self.schema}.{self.table}"

    @property
    def stays(self) -> bool:
        """Whether the restore leaves the table, its columns and its rows as they are."""
        same = self.goes == self.comes_back == 0 and self.now is not None and self.then is not None
        return same and not self.columns_lost and not self.columns_back

    def __str__(self) -> str:
        where = f"{self.database} {self.name}" if self.table else self.database
        if self.reason is not None:
            return printable(f"{where} was not compared: {self.reason}")
        about = "about " if self.goes is None else ""
        now, then = (
            "no table" if rows is None else f"{about}{rows:,}" for rows in (self.now, self.then)
        )
        end = "" if about else f": {self.goes:,} go, {self.comes_back:,} come back"
        end += f"; columns lost: {', '.join(self.columns_lost)}" if self.columns_lost else ""
        end += f"; columns back: {', '.join(self.columns_back)}" if self.columns_back else ""
        return printable(f"{where}: {now} now, {then} then{end}")
