/* SPDX-License-Identifier: 0BSD */
#include "machine.h"
#include "uart.h"

/* A power of two. A request of the computer waits here while the model runs. */
#define RING_BYTES 256U

/* A byte at 9,600 baud takes 1 ms; this is 20 ms at 216 MHz. */
#define LONGEST_WAIT 400000U

/*
 * The interrupt alone moves `head`, the program alone `tail`; both run on and wrap at 2^32. Where the
 * ring is full the interrupt is held back, until the program has made room: the next bytes stay in
 * the UART, which counts what it loses, and where the sender can be kept waiting nothing is lost.
 * `held` is set by the interrupt and cleared by the program while the interrupt cannot come.
 */
static volatile uint8_t ring[RING_BYTES];
static volatile uint32_t head;
static volatile uint32_t tail;
static volatile bool held;
static volatile bool lost;

void line_received(uint8_t byte)
{
    if (head - tail == RING_BYTES) {
        lost = true;
        return;
    }
    ring[head % RING_BYTES] = byte;
    head++;
    if (head - tail == RING_BYTES) {
        held = true;
        machine_hold_line();
    }
}

static void release(void)
{
    if (held) {
        held = false;
        machine_release_line();
    }
}

void line_lost(void)
{
    lost = true;
}

bool line_read(uint8_t *byte)
{
    if (line_is_empty()) {
        return false;
    }
    *byte = ring[tail % RING_BYTES];
    tail++;
    release();
    return true;
}

bool line_is_empty(void)
{
    return head == tail;
}

bool line_lost_bytes(void)
{
    const bool were_lost = lost;

    if (were_lost) {
        lost = false;
    }
    return were_lost;
}

void line_drop(void)
{
    tail = head;
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
