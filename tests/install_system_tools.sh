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
need make make
need cmake cmake
need clang-format clang-format
need clang-tidy clang-tidy
need cppcheck cppcheck
need strace strace
need chromium chromium
need chromedriver chromium-driver
need arm-none-eabi-gcc gcc-arm-none-eabi
need qemu-system-arm qemu-system-arm
need gdb-multiarch gdb-multiarch
need stm32flash stm32flash
need qemu-system-riscv32 qemu-system-misc
need riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
need avr-gcc gcc-avr
need arduino-builder arduino-builder
need xtensa-lx106-elf-gcc gcc-xtensa-lx106
need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
need powerpc-linux-gnu-gcc gcc-powerpc-linux-gnu
need qemu-aarch64 qemu-user
need node nodejs
need npm npm
[ -e /usr/include/newlib/c++ ] || [ -e /usr/lib/arm-none-eabi/include/stdio.h ] \
  || [ -e /usr/include/newlib/stdio.h ] || missing="$missing libnewlib-arm-none-eabi"
[ -e /usr/lib/avr/include/avr/io.h ] || missing="$missing avr-libc"
[ -e /usr/share/arduino/hardware/arduino/avr ] || missing="$missing arduino-core-avr"
[ -e /usr/include/simavr/sim_avr.h ] || missing="$missing libsimavr-dev"
[ -e /usr/aarch64-linux-gnu/lib/libc.a ] || missing="$missing libc6-dev-arm64-cross"
[ -e /usr/powerpc-linux-gnu/lib/libc.a ] || missing="$missing libc6-dev-powerpc-cross"
[ -e /usr/lib/picolibc ] || missing="$missing picolibc-riscv64-unknown-elf"

install() { # packages
  echo "Installing $* ..."
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "error: these tools are missing and this is not a Debian or Ubuntu system" >&2
    echo "  found    no apt-get" >&2
    echo "  try      install $* with your own package manager" >&2
    exit 8
  fi
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
      echo "error: root is needed to install system packages" >&2
      echo "  try      as root: apt-get install $*" >&2
      exit 8
    }
    as_root=sudo
  fi
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# shellcheck disable=SC2086 - one word per package
[ -z "$missing" ] || install $missing

# Clang's sanitizers come in a package of their own, which follows its version.
echo 'int main(void) { return 0; }' \
  | clang -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null \
  || install "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"

# The emulator of the Raspberry Pi Pico, a package of npm with a lock of its own.
emulator="$(dirname "$0")/../firmware_templates/rp2040js"
if [ ! "$emulator/node_modules/.package-lock.json" -nt "$emulator/package-lock.json" ]; then
  npm ci --silent --prefix "$emulator"
  touch "$emulator/node_modules/.package-lock.json"
fi
