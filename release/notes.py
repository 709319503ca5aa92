"""Takes the newest version's part out of CHANGELOG.md."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from cbcnn_inputs.errors import UsageError
from cbcnn_inputs.installation import tool_version

_HEADING: Final = re.compile(r"^## (\S+?)(, .*)?$", re.MULTILINE)


class Notes(NamedTuple):
    """What one version brings.

    Attributes:
        is_final: whether the changelog has a date for it.
        changes: its part of the changelog, without its heading.
    """

    version: str
    is_final: bool
    changes: str

    @property
    def tag_text(self) -> str:
        """Of an annotated tag: git takes lines with `#` for comments, so headings lose theirs."""
        plain = re.sub(r"^#+ (.+)$", r"\1:", self.changes, flags=re.MULTILINE)
        return f"cbcnn {self.version}\n\n{plain}"


def read_notes(changelog: str) -> Notes:
    """The first part of the changelog.

    Raises:
        UsageError: it has none, or one for another version than the installed one.
    """
    headings = list(_HEADING.finditer(changelog))
    version = tool_version()
    if not headings or headings[0][1] != version:
        raise UsageError(
            "CHANGELOG.md does not begin with the version that is installed",
            found=headings[0][0] if headings else "no heading of a version",
            allowed=f"## {version}, YYYY-MM-DD",
            suggestion="set the version in pyproject.toml and install again",
        )
    end = headings[1].start() if len(headings) > 1 else len(changelog)
    told = headings[0][2] or ""
    is_final = re.fullmatch(r", \d{4}-\d\d-\d\d", told) is not None
    return Notes(version, is_final, changelog[headings[0].end() : end].strip() + "\n")
