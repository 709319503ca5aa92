#!/bin/sh
# Install what the tests need beside Python: cross compilers, emulators, linters. Debian and Ubuntu.
set -eu

missing=
need() { # command, package
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need gcc gcc
need g++ g++
need clang clang
need clang-format clang-format
need clang-tidy clang-tidy
need cppcheck cppcheck
need arm-none-eabi-gcc gcc-arm-none-eabi
need qemu-system-arm qemu-system-arm
need qemu-system-riscv32 qemu-system-misc
need riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
[ -e /usr/include/newlib/c++ ] || [ -e /usr/lib/arm-none-eabi/include/stdio.h ] \
  || [ -e /usr/include/newlib/stdio.h ] || missing="$missing libnewlib-arm-none-eabi"
[ -e /usr/lib/picolibc ] || missing="$missing picolibc-riscv64-unknown-elf"

# The sanitizers of clang are in a package of its version.
sanitizers() {
  echo 'int main(void) { return 0; }' | clang -fsanitize=address -x c - -o /dev/null 2>/dev/null
}
clang_package() {
  version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')
  echo "libclang-rt-${version:-14}-dev"
}

if sanitizers; then
  [ -n "$missing" ] || exit 0
else
  missing="$missing clang-sanitizers"
fi
echo "Installing$missing ..."
if ! command -v apt-get >/dev/null 2>&1; then
  echo "error: these tools are missing and this is not a Debian or Ubuntu system" >&2
  echo "  found    no apt-get" >&2
  echo "  try      install$missing with your own package manager" >&2
  exit 8
fi
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "error: root is needed to install system packages" >&2
    echo "  try      as root: apt-get install$missing" >&2
    exit 8
  }
  as_root=sudo
fi
$as_root apt-get update -qq
missing=$(echo "$missing" | sed "s/clang-sanitizers/$(clang_package)/")
# shellcheck disable=SC2086 - one word per package
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing \
  >/dev/null
