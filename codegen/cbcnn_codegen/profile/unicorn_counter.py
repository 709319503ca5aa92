"""Counts with Unicorn, an Arm core in this process, block by block.

A callback comes for every block, not for every instruction, and makes only one addition: a core
runs about 10 million instructions a second.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cbcnn_codegen.errors import BuildError
from cbcnn_codegen.profile.flow import OUTSIDE, Block, Edge, Flow
from cbcnn_codegen.profile.program import Program
from cbcnn_codegen.profile.semihosting import Semihosting
from cbcnn_codegen.tools import load_package
from cbcnn_codegen.verify.harness import run_error

if TYPE_CHECKING:
    from unicorn import Uc

_SYSTEM_SPACE: Final = (0xE000_0000, 1 << 20)
_NOWHERE: Final = 0xFFFF_FFFE
_PAGE_BYTES: Final = 4096


@dataclass(frozen=True)
class CountedRun:
    """A counter's record and the program's output; see `verify.harness.decode_output`."""

    flow: Flow
    output: bytes


def count_with_unicorn(program: Program, data: bytes) -> CountedRun:
    """Run the program on `data`, the harness's input, and count its first call of the model.

    Raises:
        MissingToolError: Unicorn is not installed.
        BuildError: the program does not run to its end.
    """
    unicorn = load_package("unicorn", "emulate a processor")
    core = _Core(program, Semihosting(data))
    try:
        flow = core.count()
    except unicorn.UcError as error:
        raise BuildError(
            f"{program.target.name} in Unicorn: the generated code does not run",
            found=f"{error} at {core.position:#x}",
        ) from error
    if core.files.exit_code != 0:
        raise run_error(f"{program.target.name} in Unicorn", core.files.exit_code or -1, "")
    return CountedRun(flow, bytes(core.files.output))


class _Core:
    """A processor with the program in its memory."""

    def __init__(self, program: Program, files: Semihosting) -> None:
        self.files = files
        self._program = program
        self._unicorn = unicorn = load_package("unicorn", "emulate a processor")
        self._registers = registers = load_package("unicorn.arm_const", "emulate a processor")
        mode = unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS
        self._uc: Uc = unicorn.Uc(unicorn.UC_ARCH_ARM, mode)
        self._uc.ctl_set_cpu_model(getattr(registers, program.target.unicorn or ""))
        for address, size in (program.emulator.flash, program.emulator.ram, _SYSTEM_SPACE):
            self._uc.mem_map(address, -(-size // _PAGE_BYTES) * _PAGE_BYTES)
        for segment in program.segments:
            self._uc.mem_write(segment.address, segment.data)
        vectors = program.read_on(program.emulator.flash[0])
        self._uc.reg_write(registers.UC_ARM_REG_SP, struct.unpack_from("<I", vectors)[0])
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._trap)

    @property
    def position(self) -> int:
        """The program counter."""
        return int(self._uc.reg_read(self._registers.UC_ARM_REG_PC))

    def count(self) -> Flow:
        """Run to the model's `run`, count until it returns, run to the end."""
        entry = self._program.entry
        self._run(self._program.start, entry)
        back = int(self._uc.reg_read(self._registers.UC_ARM_REG_LR)) & ~1
        edges = self._count_blocks(entry, back)
        self._run(back, _NOWHERE)
        return Flow(f"Unicorn {self._unicorn.__version__}", edges)

    def _run(self, start: int, until: int) -> None:
        self._uc.emu_start(start | 1, until)

    def _count_blocks(self, start: int, until: int) -> dict[Edge, int]:
        """Every edge between two addresses.

        The key of a count is one integer, the quickest key there is.
        """
        forward = frozenset(a for where in self._program.forward for a in where)
        contexts: dict[int, defaultdict[int, int]] = {}
        sizes: dict[int, int] = {}
        counts: defaultdict[int, int] = defaultdict(int)
        source = 0

        def enter(_uc: Uc, address: int, size: int, _data: object) -> None:
            nonlocal source, counts
            if address in contexts:
                counts = contexts[address]
            elif address not in sizes:
                sizes[address] = size
                if address in forward:
                    counts = contexts[address] = defaultdict(int)
            counts[source << 32 | address] += 1
            source = address

        hook = self._uc.hook_add(self._unicorn.UC_HOOK_BLOCK, enter)
        # Blocks that ran before do not call the hook until they are translated again.
        self._uc.ctl_flush_tb()
        self._run(start, until)
        self._uc.hook_del(hook)
        self._uc.ctl_flush_tb()
        counts[source << 32] += 1
        return self._edges(sizes, contexts)

    def _edges(
        self, sizes: dict[int, int], contexts: dict[int, defaultdict[int, int]]
    ) -> dict[Edge, int]:
        blocks = {address: Block(address, size) for address, size in sizes.items()}
        blocks[0] = OUTSIDE
        return {
            Edge(blocks[context], blocks[key >> 32], blocks[key & 0xFFFF_FFFF]): count
            for context, counts in contexts.items()
            for key, count in counts.items()
        }

    def _trap(self, uc: Uc, _number: int, _data: Any) -> None:
        """Handle a breakpoint instruction, with which the harness asks for a file operation."""
        names = self._registers
        operation = int(uc.reg_read(names.UC_ARM_REG_R0))
        arguments = int(uc.reg_read(names.UC_ARM_REG_R1))
        result = self.files.call(uc, operation, arguments)
        if self.files.exit_code is not None:
            uc.emu_stop()
            return
        uc.reg_write(names.UC_ARM_REG_R0, result)
        uc.reg_write(names.UC_ARM_REG_PC, (self.position + 2) | 1)
