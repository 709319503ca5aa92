"""A folder of generated code, as its `report.json` describes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cbcnn_codegen.errors import UsageError
from cbcnn_codegen.report import REPORT, Report, ReportedScores, decode
from cbcnn_inputs.regular import read_text
from cbcnn_inputs.together import complete


@dataclass(frozen=True)
class Project(Report):
    """Generated code: a report and its folder."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, report: Report) -> Project:
        """The project that a report describes, written or not."""
        return cls(**vars(report), folder=folder)

    @property
    def score_dtype(self) -> np.dtype[Any]:
        """The element type of the scores that `run` writes."""
        return score_dtype(self.scores)


def score_dtype(output: ReportedScores) -> np.dtype[Any]:
    """The element type of an output that `run` writes."""
    return np.dtype({"int8": "i1", "int32": "<i4", "int64": "<i8", "float": "<f4"}[output.type])


def read_project(folder: Path) -> Project:
    """The project in `folder`.

    Raises:
        UsageError: no generated code there, or a report of another version.
        OutputError: an interrupted run has decided to put other files there, and cannot.
    """
    complete(folder)
    path = folder / REPORT
    try:
        project = Project.of(folder, decode(Report, read_text(path)))
        missing = {project.sources[0], project.header} - project.hashes.keys()
        if missing:
            raise ValueError(f"no {' and '.join(sorted(missing))} among the files")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"{error}"
        raise UsageError(
            f"{folder} is not a folder of generated code",
            found=f"{REPORT}: {type(error).__name__}: {reason}"[:200],
            allowed="the folder that cbcnn-codegen wrote",
            suggestion=f"cbcnn-codegen MODEL --target host -o {folder}",
        ) from error
    for name in (*project.sources, project.header):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} is incomplete",
                found=f"{REPORT} names {name}, which is not there",
                suggestion="generate the code again",
            )
    return project


def find_edited_files(project: Project) -> list[str]:
    """Names of the files that have changed since they were generated."""
    edited = []
    for name, expected in project.hashes.items():
        path = project.folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            edited.append(name)
    return edited
