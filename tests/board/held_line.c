/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs line.c on this machine. The program plays a UART whose sender is as fast as it is let: its
 * interrupt comes again and again, and nothing else runs, until the interrupt is held back.
 */
#include "line.h"
#include "uart.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUEST_BYTES 5000U
#define DEMAND(condition) ((condition) ? (void)0 : fail(#condition))

static uint32_t sent;
static uint32_t to_send;
static uint32_t waiting; /* what the UART has for the interrupt */
static bool is_held;

static void fail(const char *what)
{
    (void)fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

static uint8_t byte_of_request(uint32_t at)
{
    return (uint8_t)(at * 2654435761U >> 24U);
}

static void interrupt_while_it_may_come(void)
{
    while (!is_held && sent < to_send) {
        waiting = UART_BYTE | byte_of_request(sent);
        sent++;
        line_interrupt();
    }
}

static void begin(uint32_t bytes)
{
    sent = 0;
    to_send = bytes;
    interrupt_while_it_may_come();
}

uint32_t uart_receive(void)
{
    return waiting;
}

void uart_start(uint32_t clock_hz)
{
    (void)clock_hz;
    is_held = true;
}

void uart_hold(void)
{
    is_held = true;
}

/* What waits in the UART comes at once. */
void uart_release(void)
{
    is_held = false;
    interrupt_while_it_may_come();
}

bool uart_can_send(void)
{
    return true;
}

void uart_send(uint8_t byte)
{
    (void)byte;
}

static void keep_a_long_request(void)
{
    uint32_t at;
    uint8_t byte;

    begin(REQUEST_BYTES);
    DEMAND(sent < REQUEST_BYTES && is_held);
    for (at = 0; at < REQUEST_BYTES; at++) {
        DEMAND(line_read(&byte));
        DEMAND(byte == byte_of_request(at));
    }
    DEMAND(!line_lost_bytes() && !is_held && line_is_empty() && !line_read(&byte));
}

static void go_on_after_a_drop(void)
{
    uint32_t dropped;
    uint8_t byte;

    begin(REQUEST_BYTES);
    dropped = sent;
    line_drop();
    DEMAND(sent > dropped);
    DEMAND(line_read(&byte) && byte == byte_of_request(dropped));
    while (line_read(&byte)) {
    }
    DEMAND(sent == REQUEST_BYTES && byte == byte_of_request(REQUEST_BYTES - 1U));
}

static void tell_what_is_lost(void)
{
    uint8_t byte;

    DEMAND(!line_lost_bytes());
    waiting = UART_LOSS;
    line_interrupt();
    DEMAND(line_lost_bytes() && !line_lost_bytes() && line_is_empty());
    waiting = UART_LOSS | UART_BYTE | 7U;
    line_interrupt();
    DEMAND(line_lost_bytes() && line_read(&byte) && byte == 7);
    begin(REQUEST_BYTES);
    waiting = UART_BYTE;
    line_interrupt();
    DEMAND(line_lost_bytes());
    DEMAND(line_read(&byte) && byte == byte_of_request(0));
}

int main(void)
{
    line_start(1);
    DEMAND(!is_held);
    keep_a_long_request();
    go_on_after_a_drop();
    tell_what_is_lost();
    return 0;
}
