"""The wheel holds all that the commands need: what it generates is what the checkout generates."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cbcnn_inputs.installation import tool_version
from support.commands import ROOT, SIGNS, codegen, environment
from support.tools import unavailable

PARTS = ("inputs", "trainer", "codegen", "firmware_templates")
FILES = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-0BSD")
BOARD = ("--board", "netduinoplus2", "--name", "signs")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for part in PARTS:
        caches = shutil.ignore_patterns("__pycache__", "build")
        shutil.copytree(ROOT / part, sources / part, ignore=caches)
    for name in FILES:
        shutil.copy(ROOT / name, sources)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    built = subprocess.run(
        [*pip, "--no-deps", "--wheel-dir", folder, sources],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if built.returncode and "No matching distribution found for hatchling" in built.stderr:
        unavailable("the package index with hatchling cannot be reached")
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_installed_package_generates_what_the_checkout_does(
    package: Path, tmp_path: Path
) -> None:
    from_checkout = codegen(SIGNS / "model.h5", *BOARD, "-o", tmp_path / "checkout", cwd=tmp_path)
    assert from_checkout.returncode == 0, from_checkout.stderr
    code = (
        "import cbcnn_codegen, sys; "
        f"assert cbcnn_codegen.__file__.startswith({str(package)!r}), cbcnn_codegen.__file__; "
        "from cbcnn_codegen.cli import main; main()"
    )
    from_wheel = codegen_of(code, package, tmp_path / "wheel")
    assert from_wheel.returncode == 0, from_wheel.stderr
    assert tree(tmp_path / "wheel") == tree(tmp_path / "checkout")


def codegen_of(code: str, package: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Run the generator of an unpacked wheel."""
    return subprocess.run(
        [sys.executable, "-c", code, SIGNS / "model.h5", *BOARD, "-o", out],
        env=environment(PYTHONPATH=str(package)),
        cwd=out.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_readme_in_the_package_links_to_addresses_that_work_anywhere(package: Path) -> None:
    (metadata,) = package.glob("*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert len(links) > 10
    assert not [link for link in links if not re.match(r"https://|#", link)]
    for link in re.findall(r"cbcnn/cbcnn/(?:blob/)?main/([^)#\s]*)[)#]", text):
        assert (ROOT / link).exists(), link
    assert f"\nVersion: {tool_version()}\n" in text
