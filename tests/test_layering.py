"""Who may import whom: read from the code, so that a shortcut is noticed when it is taken."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import symkern

ROOT = Path(symkern.__file__).parent
HEAVY = ("jax", "sympy", "mpmath", "numpy", "neural_tangents", "rich")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("derive", ("jax", "neural_tangents", "symkern.codegen", "symkern.numerics", "symkern.stax", "symkern.oracle")),
        ("codegen", ("jax", "neural_tangents", "symkern.derive", "symkern.oracle", "symkern.stax")),
        (
            "oracle",
            ("jax", "neural_tangents", "symkern.derive", "symkern.codegen", "symkern.numerics", "symkern.derivation"),
        ),
        ("series", ("jax", "neural_tangents", "symkern.codegen", "symkern.numerics", "symkern.stax", "symkern.oracle")),
        ("numerics", ("sympy", "neural_tangents", "symkern.derive", "symkern.codegen", "symkern.oracle")),
        ("parse", ("jax", "neural_tangents", "symkern.derive", "symkern.codegen", "symkern.oracle")),
    ],
)
def test_layers(folder: str, forbidden: tuple[str, ...]) -> None:
    assert files(folder), folder
    for path in files(folder):
        for name in imports(path):
            hits = [f for f in forbidden if name == f or name.startswith(f + ".")]
            assert not hits, f"{path.relative_to(ROOT)} imports {name}"


def test_neural_tangents_is_imported_in_one_place() -> None:
    users = {
        p.relative_to(ROOT).as_posix()
        for p in files(".")
        if any(n.split(".")[0] == "neural_tangents" for n in imports(p))
    }
    assert users <= {"compat.py", "stax.py"}


def test_a_formula_is_never_evaluated() -> None:
    banned = {"eval", "sympify", "parse_expr", "S", "compile", "exec"}
    for path in files("parse"):
        called = {
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        }
        calls = called & banned - ({"compile"} if "re.compile" in path.read_text(encoding="utf-8") else set())
        assert not calls, f"{path.name} calls {calls}"


def test_every_package_is_installed() -> None:
    """An ordinary install copies what pyproject.toml lists: a package that is missing there works only in this checkout."""
    listed = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "packages"
    ]
    found = {p.parent.relative_to(ROOT.parent).as_posix().replace("/", ".") for p in ROOT.rglob("__init__.py")}
    assert set(listed) == found | {"symkern.generated"}


LONG = {"compat.py": 450}
"""One table of incompatibilities with what mends each: to be split when it grows."""


def test_files_stay_small() -> None:
    long = {
        p.relative_to(ROOT).as_posix(): n
        for p in files(".")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONG.get(p.relative_to(ROOT).as_posix(), 300)
    }
    assert not long, f"split these: {long}"


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_import_symkern_is_light() -> None:
    assert not loaded_after("import symkern, symkern.cli, symkern.errors") & (set(HEAVY) - {"rich"})
    assert not loaded_after("import symkern") & set(HEAVY)


def test_generated_modules_need_only_jax() -> None:
    loaded = loaded_after("import symkern.generated.sin")
    assert "jax" in loaded
    assert not loaded & {"sympy", "mpmath", "neural_tangents", "rich", "typer", "tensorflow"}


def test_the_function_and_the_package_called_derive_live_together() -> None:
    script = "import symkern.derive.atoms, symkern; assert symkern.derive('x').nngp; from symkern import derive; assert derive('x')"
    subprocess.run([sys.executable, "-c", script], check=True)
