/* SPDX-License-Identifier: 0BSD */
#include "line.h"

#include "board.h"
#include "uart.h"

/* A power of two. A request of the computer waits here while the model runs. */
#define RING_BYTES BOARD_RING_BYTES

/* What the interrupt changes, a program of any width reads in one go; it wraps behind the ring. */
#if BOARD_RING_BYTES < 256U
typedef uint8_t line_count;
#else
typedef uint32_t line_count;
#endif

/* A byte at 9,600 baud takes 1 ms; this is 20 ms at 216 MHz. */
#define LONGEST_WAIT 400000U

/*
 * The interrupt alone moves `head`, the program alone `tail`; both run on and wrap. Where the
 * ring is full the interrupt is held back, until the program has made room: the next bytes stay in
 * the UART, which counts what it loses, and where the sender can be kept waiting nothing is lost.
 * `held` is set by the interrupt and cleared by the program while the interrupt cannot come.
 */
static volatile struct {
    line_count head;
    line_count tail;
    bool held;
    bool lost;
    uint8_t ring[RING_BYTES];
} line;

static void keep(uint8_t byte)
{
    if ((line_count)(line.head - line.tail) == RING_BYTES) {
        line.lost = true;
        return;
    }
    line.ring[line.head % RING_BYTES] = byte;
    line.head++;
    if ((line_count)(line.head - line.tail) == RING_BYTES) {
        line.held = true;
        uart_hold();
    }
}

static void release(void)
{
    if (line.held) {
        line.held = false;
        uart_release();
    }
}

void line_interrupt(void)
{
    const uint32_t found = uart_receive();

    if ((found & UART_LOSS) != 0) {
        line.lost = true;
    }
    if ((found & UART_BYTE) != 0) {
        keep((uint8_t)found);
    }
}

void line_start(uint32_t clock_hz)
{
    uart_start(clock_hz);
    uart_release();
}

bool line_read(uint8_t *byte)
{
    if (line_is_empty()) {
        return false;
    }
    *byte = line.ring[line.tail % RING_BYTES];
    line.tail++;
    release();
    return true;
}

bool line_is_empty(void)
{
    return line.head == line.tail;
}

bool line_lost_bytes(void)
{
    const bool were_lost = line.lost;

    if (were_lost) {
        line.lost = false;
    }
    return were_lost;
}

void line_drop(void)
{
    line.tail = line.head;
    release();
}

void line_write(uint8_t byte)
{
    uint32_t tries;

    for (tries = 0; tries < LONGEST_WAIT; tries++) {
        if (uart_can_send()) {
            uart_send(byte);
            return;
        }
    }
}
