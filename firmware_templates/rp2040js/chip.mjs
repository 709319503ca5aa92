// SPDX-License-Identifier: Apache-2.0
//
// An RP2040 of rp2040js:
//
//     node chip.mjs FIRMWARE.uf2 BAUD SOCKET CONTROL
//
// SOCKET is the descriptor of a socket that listens: UART 0 is a line of bytes to the first program
// that connects. CONTROL is the descriptor of a connection: a byte goes out when somebody has
// connected, and the chip starts when one comes in. It ends when that program leaves.
//
// rp2040js has no boot ROM. What the ROM does with the file and at a start is done here.
import { readFileSync } from 'node:fs';
import { Socket, createServer } from 'node:net';
import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
const RAM = 0x20000000;
const RAM_END = 0x20042000;
const PAGE_BYTES = 256;
const PAGES_OF_A_SECTOR = 16;
const FAMILY = 0xe48bff56;
const AIRCR = 0xd0c;
const AIRCR_RESET = 0x05fa0004;

// Instructions between two looks at the line, and between two at the sockets.
const LOOK = 32;
const SLICE = 50000;

const [firmware, baud, line, control] = process.argv.slice(2);
const chip = new RP2040();
const { core } = chip;
const uart = chip.uart[0];
chip.logger = new ConsoleLogger(LogLevel.Error, true);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

// The flash is erased by `reset`, which the constructor calls: it is filled behind that.
function fillFlash(file) {
  const pages = new Map();
  for (let at = 0; at < file.length; at += 512) {
    const word = (index) => file.readUInt32LE(at + 4 * index);
    const isBlock = word(0) === 0x0a324655 && word(1) === 0x9e5d5157 && word(127) === 0x0ab16f30;
    if (!isBlock || word(2) !== 0x2000 || word(7) !== FAMILY || word(4) !== PAGE_BYTES) {
      fail(`block ${at / 512} of the UF2 file is none for an RP2040`);
    }
    if (word(5) !== at / 512 || word(6) !== file.length / 512) {
      fail(`block ${at / 512} of the UF2 file has another number`);
    }
    chip.flash.set(file.subarray(at + 32, at + 32 + PAGE_BYTES), word(3) - FLASH);
    const sector = Math.floor(word(3) / (PAGES_OF_A_SECTOR * PAGE_BYTES));
    pages.set(sector, (pages.get(sector) ?? 0) + 1);
  }
  for (const [sector, count] of pages) {
    if (count !== PAGES_OF_A_SECTOR) {
      fail(`sector ${sector} of the flash is written in part`);
    }
  }
}

function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum << 1) ^ (sum & 0x80000000 ? 0x04c11db7 : 0);
    }
  }
  return sum >>> 0;
}

// What a reset of the core leaves, and the boot ROM behind it. RAM and peripherals stay.
function boot() {
  const block = chip.flash.slice(0, PAGE_BYTES);
  if (checksum(block.subarray(0, 252)) !== chip.flashView.getUint32(252, true)) {
    fail('the checksum of the boot block is wrong');
  }
  Object.assign(core, {
    PM: false, IPSR: 0, currentMode: 0, SPSEL: 0, nPRIV: false, VTOR: 0, waiting: false,
    eventRegistered: false, enabledInterrupts: 0, pendingNMI: false, pendingPendSV: false,
    pendingSVCall: false, pendingSystick: false,
  });
  chip.ppb.reset();
  chip.sram.set(block, RAM_END - PAGE_BYTES - RAM);
  core.SP = RAM_END - PAGE_BYTES;
  core.PC = RAM_END - PAGE_BYTES;
}

// rp2040js does not know the register that asks for a reset.
let restarts = false;
const writeRegister = chip.ppb.writeUint32.bind(chip.ppb);
chip.ppb.writeUint32 = (offset, value) => {
  if (offset === AIRCR) {
    restarts ||= value >>> 0 === AIRCR_RESET;
  } else {
    writeRegister(offset, value);
  }
};

const received = [];
let next = 0; // byte of the first of `received`
let sent = [];
let client = null;
let running = false;

uart.onByte = (byte) => {
  if (Math.abs(uart.baudRate / Number(baud) - 1) > 0.02) {
    fail(`the UART sends at ${uart.baudRate} baud instead of ${baud}`);
  }
  sent.push(byte);
};

function deliver() {
  if (received.length && uart.rxFIFO.empty) {
    uart.feedByte(received[0][next++]);
    if (next === received[0].length) {
      received.shift();
      next = 0;
    }
  }
}

// A core that is about to sleep while an interrupt waits does not sleep; rp2040js lets it.
function sleeps() {
  if (core.waiting && core.pendingInterrupts & core.enabledInterrupts) {
    core.waiting = false;
    core.interruptsUpdated = true;
  }
  return core.waiting;
}

function step() {
  const cycles = core.executeInstruction();
  chip.clock.tick((cycles * 1e9) / chip.clkSys);
  if (restarts) {
    restarts = false;
    boot();
  }
}

// Goes on until the core sleeps and nothing is there to wake it; then no time passes.
function run() {
  running = true;
  for (let done = 0; running && done < SLICE; done += LOOK) {
    deliver();
    for (let i = 0; i < LOOK && !sleeps(); i++) {
      step();
    }
    running = !core.waiting || received.length > 0;
  }
  if (sent.length) {
    client.write(Uint8Array.from(sent));
    sent = [];
  }
  if (running) {
    setImmediate(run);
  }
}

function serve() {
  const starter = new Socket({ fd: Number(control) });
  createServer((socket) => {
    if (client) {
      socket.destroy();
      return;
    }
    client = socket.setNoDelay(true);
    client.on('data', (bytes) => {
      received.push(bytes);
      if (core.waiting && !running) {
        run();
      }
    });
    client.on('close', () => process.exit(0));
    client.on('error', () => process.exit(0));
    starter.write(Uint8Array.of(1));
    starter.once('data', run);
  }).listen({ fd: Number(line) });
  starter.on('error', () => process.exit(0));
}

fillFlash(readFileSync(firmware));
boot();
serve();
