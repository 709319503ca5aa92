"""Checks the names of generated code.

A name is the prefix of every symbol and the stem of every file, so it must start identifiers of C
and C++, and as a file name hide nobody else's header on any file system.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Final

from cbcnn_codegen.errors import UsageError

LONGEST_NAME: Final = 24
"""Characters of the longest prefix; the layout of the generated code holds up to this length."""

_LONGEST_OUTPUT: Final = 32
"""Characters of a layer's name in that of its buffer."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

_KEYWORDS: Final = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t
    char32_t char8_t class compl concept const const_cast consteval constexpr constinit continue
    co_await co_return co_yield decltype default delete do double dynamic_cast else enum
    explicit export extern false float for friend goto if inline int long mutable namespace new
    noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert
    static_cast struct switch template this thread_local throw true try typedef typeid typename
    typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
    """
"""Keywords of C up to C23 and C++ up to C++20."""

_HEADERS: Final = """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn
    string tgmath threads time uchar wchar wctype

    aio cpio dirent dlfcn endian fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen libintl
    monetary mqueue ndbm netdb nl_types poll pthread pwd regex sched search semaphore spawn
    strings stropts syslog tar termios trace ulimit unistd utime utmpx varargs wordexp

    aliases alloca ar argp argz byteswap devctl elf envlock envz err error execinfo fastmath
    features fpu_control fstab fts gconv getopt gshadow ieee754 ieeefp ifaddrs lastlog link
    malloc mcheck memory mntent newlib nss obstack paths picolibc picotls printf proc_service
    pty re_comp reent regdef regexp resolv semihost sgtty shadow stab stdio_ext syscall sysexits
    termio thread_db ttyent ucontext unctrl utmp values wait acc_prof backtrace cet cpuid gcov
    omp openacc quadmath quadmath_weak stdfix syslimits unwind mm_malloc mm3dnow

    cmsis arduino freertos freertosconfig task queue semphr timers event_groups stream_buffer
    message_buffer croutine main
    """
"""Headers of C and C++, of POSIX, of C libraries and gcc, and of what firmware is made of; `main`
is the program's."""

_HEADER_FAMILIES: Final = re.compile(
    r"core_c[amr]\w*|cmsis_\w+|tz_context|(mpu|pmu|cachel1)_armv\w+"
    r"|arm_(2d|acle|bf16|cde|cmse|common_tables|const_structs|fp16|helium|math|mve|neon|nn|sve|vec)\w*"
    r"|(system_)?(stm32\w+xx|nrf5\w*)(_\w+)?|[a-z0-9]+intrin"
)
"""CMSIS and what its libraries are called, device headers, and the instructions of compilers."""

_DEVICES: Final = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Windows allows no file with these names, whatever the extension."""

_OURS: Final = frozenset(
    {"harness", "io_stdio", "io_semihosting", "io_simavr", "time_run", "cbcnn_harness"}
)
"""Files and include guards of the programs that `cbcnn-verify` and `cbcnn-profile` build."""

_BUILD_TARGETS: Final = (
    "all all_build clean edit_cache help install preinstall rebuild_cache zero_check"
)
"""Names that CMake accepts for no library."""


def check_name(name: str, beside: Collection[str] = ()) -> None:
    """Demand a prefix that is safe in C, in C++ and as a file name.

    Args:
        name: the prefix.
        beside: headers, in small letters and without `.h`, that the project has besides.

    Raises:
        UsageError: not an identifier, too long, or taken.
    """
    owner = None if _IDENTIFIER.fullmatch(name) else "no C identifier that starts with a letter"
    owner = owner or _owner(name, beside)
    if len(name) > LONGEST_NAME:
        owner = f"{len(name)} characters"
    if owner is not None:
        raise UsageError(
            "the name of the generated code cannot be used",
            found=f"{name[:80]!r}, {owner}",
            allowed=f"a C identifier of at most {LONGEST_NAME} characters, starting with a letter, "
            "that is no keyword, no header and no device",
            suggestion="pass another one with --name",
        )


def name_from_stem(stem: str, beside: Collection[str] = ()) -> str:
    """The prefix for a model file of this stem: its letters, digits and underscores, lower case.

    All other characters between two of these become one underscore. An unusable name gets
    `model_` in front.
    """
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:LONGEST_NAME].rstrip("_")
    if _IDENTIFIER.fullmatch(name) and _owner(name, beside) is None:
        return name
    return f"model_{name}"[:LONGEST_NAME].rstrip("_")


def name_outputs(layers: Iterable[str]) -> list[str]:
    """The caller's buffers for what layers put out, by the layers' names; no two are the same.

    Letters, digits and underscores, lower case, behind `out_`, so that none is a word of C.
    """
    names: list[str] = []
    for layer in layers:
        stem = re.sub(r"[^a-z0-9]+", "_", layer.lower()).strip("_")[:_LONGEST_OUTPUT].rstrip("_")
        wanted = f"out_{stem or 'value'}"
        numbered = itertools.chain([wanted], (f"{wanted}_{n}" for n in itertools.count(2)))
        names.append(next(name for name in numbered if name not in names))
    return names


def _owner(name: str, beside: Collection[str]) -> str | None:
    """The owner of a name, None if it is free.

    Files are told apart without regard to case: on Windows and macOS, `Math.h` hides `math.h`.
    """
    if name in _KEYWORDS.split():
        return "a keyword of C or C++"
    if "__" in name or name.endswith("_"):
        return "reserved: symbols would have two underscores in a row"
    file = name.lower()
    if file in beside or file in _HEADERS.split() or _HEADER_FAMILIES.fullmatch(file):
        return f"whose {name}.h would hide another header"
    if _DEVICES.fullmatch(file):
        return "a device on Windows"
    if file in _OURS:
        return "which programs around the code use themselves"
    if file in _BUILD_TARGETS.split():
        return "a target of every CMake project"
    return None
