"""Packs the modules that Python loads in the page; `cache.py` runs it in that same Python.

Modules that no example loads are left out, and the rest is compiled. So the page loads less than
half of the standard library and starts in a third of the time.
"""

import json
import py_compile
import sys
import zipfile
from pathlib import Path

PROJECT = Path("/project")
PYODIDE = PROJECT / "node_modules" / "pyodide"
LIBRARY = Path("/library")
PACKAGES = Path("/packages")


def gather() -> None:
    """Unpack the standard library into one folder, and all other modules into another."""
    zipfile.ZipFile(PYODIDE / "python_stdlib.zip").extractall(LIBRARY)
    for wheel in (PROJECT / ".cache" / "wheels").glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(PACKAGES)
    source = PROJECT / "src"
    for path in [*source.rglob("*.py"), PROJECT / "tools" / "pyodide" / "runner.py"]:
        name = path.relative_to(source) if path.is_relative_to(source) else path.name
        target = PACKAGES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())


def loaded_by(examples: dict[str, list[str]]) -> set[str]:
    """Run every example, and a program that fails; return the modules loaded by then."""
    sys.path.insert(0, str(PACKAGES))
    from runner import FILE, run_example  # type: ignore[import-not-found]

    for name, programs in examples.items():
        succeeded, _, stderr = run_example(programs)
        if not succeeded:
            if not programs[1:]:
                # In the page the file is named `example.py`.
                stderr = stderr.replace(f'"{FILE}"', f'"snippets/{name}"')
            raise RuntimeError(f"snippets/{name} does not run in the page:\n{stderr}")
    run_example(["raise ExceptionGroup('', [ValueError()])"])
    return {*sys.modules}


def pack(folder: Path, wanted: set[str], archive: Path) -> None:
    """Write the wanted modules and all licenses of a folder into an archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder)
            module = ".".join(name.with_suffix("").parts).removesuffix(".__init__")
            # Modules compiled from C have the platform in their names.
            is_wanted = module.split(".cpython-")[0] in wanted
            if path.suffix == ".py" and is_wanted:
                compiled = py_compile.compile(
                    str(path),
                    "/compiled.pyc",
                    str(name),
                    doraise=True,
                    optimize=2,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )
                packed.write(compiled or "", f"{name}c")
            elif (path.suffix == ".so" and is_wanted) or "licenses" in name.parts:
                packed.write(path, name)


def main() -> None:
    """Pack into the named folder, which has the examples."""
    target = PROJECT / sys.argv[1]
    gather()
    wanted = loaded_by(json.loads((target / "examples.json").read_text("utf-8")))
    pack(LIBRARY, wanted, target / "python_stdlib.zip")
    pack(PACKAGES, wanted, target / "libraries.zip")


if __name__ == "__main__":
    main()
