"""What a user chooses about the generated C."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from cbcnn_codegen.errors import UsageError

ScoreType = Literal["integer", "float"]
Project = Literal["cmake", "make"]
Optimize = Literal["speed", "balanced", "ram", "size"]
"""What to spend least of: instructions, instructions within a bound on memory, RAM, or flash."""

MODES: Final[tuple[Optimize, ...]] = get_args(Optimize)

LONGEST_NAME: Final = 24
"""Characters of the longest prefix; the layout of the generated code holds up to this length."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEYWORDS: Final = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept
    const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public register reinterpret_cast requires restrict return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try typedef
    typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while
    xor xor_eq
    """


@dataclass(frozen=True)
class Options:
    """How to generate one model.

    Attributes:
        name: prefix of every symbol and of the file names; see `check_name`.
        scores: integer scores in fixed point, or float logits.
        class_names: whether the class names become part of the C.
        split_weights: whether the tables go to a file of their own.
        project: also write a build file for this tool; None for none.
        optimize: what kernels, memory and compiler flags are chosen for.
    """

    name: str
    scores: ScoreType = "integer"
    class_names: bool = False
    split_weights: bool = False
    project: Project | None = None
    optimize: Optimize = "balanced"

    def __post_init__(self) -> None:
        check_name(self.name)


def check_name(name: str) -> None:
    """Demand a prefix that is safe in C, in C++ and as a file name.

    Raises:
        UsageError: not an identifier, a keyword of either language, or too long.
    """
    if not _IDENTIFIER.fullmatch(name) or name in _KEYWORDS.split() or len(name) > LONGEST_NAME:
        raise UsageError(
            "the name of the generated code cannot be used",
            found=repr(name[:80]),
            allowed=f"a C identifier of at most {LONGEST_NAME} characters, "
            "starting with a letter, no keyword of C or C++",
            suggestion="pass another one with --name",
        )


def name_from_stem(stem: str) -> str:
    """The prefix for a model file of this stem: its letters, digits and underscores, lower case.

    Every other character becomes an underscore. What is then no usable name gets `model_` in front.
    """
    name = re.sub(r"[^a-z0-9_]+", "_", stem.lower()).strip("_")[:LONGEST_NAME].rstrip("_")
    if _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS.split():
        return name
    return f"model_{name}"[:LONGEST_NAME].rstrip("_")
