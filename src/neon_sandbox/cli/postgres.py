"""A sandbox whose branches hold rows: Postgres as its storage, with a proxy in front."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from neon_sandbox.cli.directory import sandbox_directory
from neon_sandbox.cli.errors import CommandError
from neon_sandbox.cli.options import Options
from neon_sandbox.clock import Clock
from neon_sandbox.scenario import Sandbox
from neon_sandbox.server.postgres import Proxy
from neon_sandbox.storage.postgres import PostgresStorage, StorageError


@contextmanager
def postgres_sandbox(
    options: Options,
    clock: Clock,
    open_incident: Callable[..., Sandbox],
    say: Callable[[str], None],
) -> Iterator[Sandbox]:
    """Open a sandbox on Postgres, in a directory that is removed at the end unless ``keep``.

    ``open_incident`` takes the storage and the password, as `incident` does.
    """
    with ExitStack() as stack:
        try:
            directory = stack.enter_context(sandbox_directory(options.data, say))
            first_port, keep = options.first_endpoint_port, options.keep
            storage = PostgresStorage(directory, clock=clock, first_port=first_port, keep=keep)
            stack.enter_context(storage)
            opened = open_incident(storage=storage, password=secrets.token_urlsafe(18))
            proxy = stack.enter_context(Proxy(opened))
        except StorageError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"the databases could not be started: {error}") from None
        if not storage.clock.agrees:
            say("SQL shows this machine's time, not the sandbox's: with --now both show the same.")
        yield replace(opened, environment=opened.environment | proxy.environment)
    if options.keep:
        say(f"The databases are kept in {directory.absolute()}: remove it when you are done.")
