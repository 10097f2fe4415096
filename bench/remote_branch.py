"""The production branch of a sandbox in another process, as a client sees it."""

import itertools
import time

import httpx
import psycopg


class Branch:
    """The default branch of the sandbox that an environment points to."""

    def __init__(self, environment: dict[str, str]) -> None:
        key = environment["NEON_API_KEY"]
        self._http = httpx.Client(
            base_url=f"{environment['NEON_API_HOST']}/projects/{environment['NEON_PROJECT_ID']}",
            headers={"authorization": f"Bearer {key}"},
        )
        branches = self._http.get("branches").json()["branches"]
        self.id = str(next(one["id"] for one in branches if one["default"]))
        self._names = (f"before-{number}" for number in itertools.count())

    def uri(self, database: str) -> str:
        """Return the connection string for a database."""
        query = {"branch_id": self.id, "database_name": database, "role_name": "shop_owner"}
        return str(self._http.get("connection_uri", params=query).json()["uri"])

    def run(self, database: str, sql: str) -> tuple[object, ...]:
        """Run SQL in a database and return the first row."""
        with psycopg.connect(self.uri(database)) as connection:
            cursor = connection.execute(sql.encode())
            return (cursor.fetchone() or ()) if cursor.description else ()

    def restore(self, orders: int, **point: str) -> float:
        """Restore from own history; return the seconds to the first result."""
        uri = self.uri("shop")
        body = {"source_branch_id": self.id, "preserve_under_name": next(self._names)}
        began = time.perf_counter()
        answer = self._http.post(f"branches/{self.id}/restore", json=body | point)
        with psycopg.connect(uri) as connection:
            found = connection.execute("SELECT count(*) FROM orders").fetchone()
        taken = time.perf_counter() - began
        if not answer.is_success or found != (orders,):
            raise RuntimeError(f"{found} orders after the answer {answer.text}")
        self._settle()
        return taken

    def _settle(self) -> None:
        """Wait until the operations have ended and the sandbox has cleaned up."""
        operations = [{"status": "running"}]
        while any(one["status"] != "finished" for one in operations):
            operations = self._http.get("operations").json()["operations"]
        time.sleep(0.3)
