"""Decodes Thumb code into instructions as timing rules see them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cbcnn_codegen.profile.flow import split_instructions
from cbcnn_codegen.targets.cortex_m import thumb_bytes
from cbcnn_codegen.targets.timing.instructions import FLAGS, Instruction, Kind
from cbcnn_codegen.tools import load_package

if TYPE_CHECKING:
    from capstone import Cs

_MULTIPLIES: Final = {
    Kind.MULTIPLY: ("mul", "smulbb", "smulbt", "smultb", "smultt", "smulwb", "smulwt", "smmul"),
    Kind.MULTIPLY_ADD: ("mla", "mls", "smlabb", "smlabt", "smlatb", "smlatt", "smlad", "smuad"),
    Kind.MULTIPLY_LONG: ("umull", "smull"),
    Kind.MULTIPLY_ADD_LONG: ("umlal", "smlal", "umaal", "smlald"),
    Kind.DIVIDE: ("udiv", "sdiv"),
}
_KINDS: Final[dict[str, Kind]] = {
    **{name: kind for kind, names in _MULTIPLIES.items() for name in names},
    **dict.fromkeys(("b", "cbz", "cbnz"), Kind.BRANCH),
    **dict.fromkeys(("bl", "blx"), Kind.CALL),
    "bx": Kind.BRANCH_REGISTER,
    **dict.fromkeys(("tbb", "tbh"), Kind.TABLE_BRANCH),
    "it": Kind.IF_THEN,
    **dict.fromkeys(("mrs", "msr", "dsb", "dmb", "isb"), Kind.SYSTEM),
    **dict.fromkeys(("ldm", "ldmdb", "pop", "ldrd", "vldmia", "vpop"), Kind.LOAD_MANY),
    **dict.fromkeys(("stm", "stmdb", "push", "strd", "vstmia", "vpush"), Kind.STORE_MANY),
    **dict.fromkeys(("vdiv", "vsqrt"), Kind.FLOAT_DIVIDE),
    **dict.fromkeys(("vmla", "vmls", "vfma", "vfms", "vnmla", "vnmls"), Kind.FLOAT_MULTIPLY_ADD),
}
_SINGLE: Final = {"ldr": Kind.LOAD, "str": Kind.STORE, "vldr": Kind.LOAD, "vstr": Kind.STORE}
_WITH_BASE: Final = ("ldm", "ldmdb", "stm", "stmdb", "vldmia", "vstmia")
_COMPARES: Final = frozenset({"cmp", "cmn", "tst", "teq"})


class Decoder:
    """Decodes Thumb code; the same bytes are decoded once.

    Raises:
        MissingToolError: Capstone is not installed.
    """

    def __init__(self) -> None:
        capstone = load_package("capstone", "decode instructions")
        self._names = load_package("capstone.arm", "decode instructions")
        mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
        self._decoder: Cs = capstone.Cs(capstone.CS_ARCH_ARM, mode)
        self._decoder.detail = True
        self.decode = lru_cache(maxsize=None)(self._decode)

    def _decode(self, code: bytes) -> tuple[Instruction, ...]:
        """The instructions in `code`; unknown ones count as data processing."""
        decoded = {instruction.address: instruction for instruction in self._all(code)}
        result = []
        position = 0
        for length in split_instructions(code, thumb_bytes):
            found = decoded.get(position)
            known = found is not None and found.size == length
            result.append(self._classify(found) if known else Instruction(Kind.DATA, wide=True))
            position += length
        return tuple(result)

    def _all(self, code: bytes) -> Iterator[Any]:
        """The instructions that Capstone knows; it skips unknown ones."""
        position = 0
        while position < len(code):
            for found in self._decoder.disasm(code[position:], position):
                yield found
                position = found.address + found.size
            position += next(split_instructions(code[position:], thumb_bytes), 0)

    def _classify(self, found: Any) -> Instruction:
        name = found.insn_name()
        kind = _kind(name)
        registers = self._registers(found)
        reads, writes = (frozenset(map(found.reg_name, part)) for part in found.regs_access())
        sets_flags = found.update_flags or name in _COMPARES
        conditional = found.cc not in (self._names.ARM_CC_AL, self._names.ARM_CC_INVALID)
        reads |= frozenset({FLAGS} if conditional and kind is not Kind.IF_THEN else ())
        return Instruction(
            kind=kind,
            reads=reads,
            writes=writes | frozenset({FLAGS} if sets_flags else ()),
            address_reads=self._address_registers(found),
            moved=_moved(name, kind, registers),
            wide=found.size == 4,
            sets_flags=sets_flags,
            is_shifted=kind is Kind.DATA and self._is_shifted(found),
            is_narrow_load=name.startswith(("ldrb", "ldrh", "ldrs")),
        )

    def _registers(self, found: Any) -> list[str]:
        registers = [op for op in found.operands if op.type == self._names.ARM_OP_REG]
        return [found.reg_name(op.reg) for op in registers]

    def _address_registers(self, found: Any) -> frozenset[str]:
        parts = [
            part
            for op in found.operands
            if op.type == self._names.ARM_OP_MEM
            for part in (op.mem.base, op.mem.index)
        ]
        return frozenset(found.reg_name(part) for part in parts if part)

    def _is_shifted(self, found: Any) -> bool:
        """An operand that is a shifted register, or a constant that is not in the lowest bits."""
        shift_itself = found.insn_name() in ("lsl", "lsr", "asr", "ror", "rrx", "mov")
        shifted = any(op.shift.type for op in found.operands) and not shift_itself
        constants = [op.imm for op in found.operands if op.type == self._names.ARM_OP_IMM]
        return shifted or any(abs(value) > 0xFFF and _is_one_byte(value) for value in constants)


def _kind(name: str) -> Kind:
    if name in _KINDS:
        return _KINDS[name]
    if name.startswith(("ldr", "str", "vldr", "vstr")):
        return _SINGLE[name[: 4 if name[0] == "v" else 3]]
    return Kind.FLOAT if name.startswith("v") else Kind.DATA


def _moved(name: str, kind: Kind, registers: list[str]) -> int:
    """Words that an instruction loads or stores."""
    if kind not in (Kind.LOAD, Kind.STORE, Kind.LOAD_MANY, Kind.STORE_MANY):
        return 0
    if name in ("ldrd", "strd"):
        return 2
    data = registers[1:] if name in _WITH_BASE else registers
    if kind in (Kind.LOAD, Kind.STORE):
        data = data[:1]
    return sum(2 if register.startswith("d") else 1 for register in data)


def _is_one_byte(value: int) -> bool:
    """Whether a constant is one byte moved to higher bits."""
    value &= 0xFFFF_FFFF
    return value >> max(value.bit_length() - 8, 0) << max(value.bit_length() - 8, 0) == value
