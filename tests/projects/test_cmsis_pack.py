"""The form `cmsis-pack`: its description, and the pack that one command makes of it."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from cbcnn_inputs.installation import tool_version
from support.commands import ROOT
from support.user_projects import run, write_net

REQUIRED = {"vendor", "name", "description", "url", "releases"}
"""What the format demands of every package."""


def test_the_description_has_what_the_format_demands(tmp_path: Path) -> None:
    """Against PACK.xsd 1.7.60 it was checked by hand; that file is Arm's and is not copied here."""
    net = write_net(tmp_path, "cmsis-pack", "host", split_weights=True)
    package = ElementTree.parse(net / "cbcnn.net.pdsc").getroot()  # noqa: S314 - our own file
    assert package.tag == "package"
    assert {child.tag for child in package} >= REQUIRED
    assert (package.findtext("vendor"), package.findtext("name")) == ("cbcnn", "net")
    (release,) = package.findall("releases/release")
    assert re.fullmatch(r"\d+\.\d+\.\d+", release.attrib["version"])
    (component,) = package.findall("components/component")
    assert component.attrib.keys() == {"Cclass", "Cgroup", "Csub", "Cversion"}
    files = {file.attrib["name"]: file.attrib["category"] for file in component.iter("file")}
    assert files == {"net.c": "source", "net.h": "header", "net_weights.h": "header"}


def documented(name: str) -> list[str]:
    """The words of the command of docs/projects.md behind `python`, for another model."""
    text = (ROOT / "docs" / "projects.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    cd signs && python (.+)$", text, re.MULTILINE)
    assert f".{tool_version()}.pack" in command
    return str(command).replace("signs", name).split()


def test_a_pack_is_the_files_in_a_zip_and_two_of_them_make_a_program(tmp_path: Path) -> None:
    sources = []
    for name in ("net", "other"):
        net = write_net(tmp_path, "cmsis-pack", "host", name=name)
        run(sys.executable, *documented(name), folder=net)
        root = tmp_path / "packs" / name
        with zipfile.ZipFile(net / f"cbcnn.{name}.{tool_version()}.pack") as packed:
            packed.extractall(root)
        (found,) = root.glob("*.pdsc")
        tree = ElementTree.parse(found)  # noqa: S314 - our own file
        named = [file.attrib["name"] for file in tree.iter("file")]
        assert all((root / file).is_file() for file in named)
        sources.append(root / f"{name}.c")
    flags = ["-Ipacks/net", "-Ipacks/other"]
    (tmp_path / "two.c").write_text(
        '#include "other.h"\n#include "net.h"\nint main(void)\n{\n    return net_classify == '
        "(size_t (*)(const int8_t *, void *))other_classify;\n}\n"
    )
    run("gcc", *flags, "two.c", *sources, "-o", "two", folder=tmp_path)
    run("./two", folder=tmp_path)
