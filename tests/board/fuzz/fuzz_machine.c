/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_machine.h"

#include "line.h"
#include "machine.h"
#include "protocol.h"
#include "stack.h"
#include "ticks.h"

#include <stdlib.h>

#define RECEIVED_BYTES 65536U
#define SENT_BYTES (1U << 20)

jmp_buf fuzz_restart;

static uint8_t received[RECEIVED_BYTES];
static size_t head;
static size_t tail;
static bool lost;
static uint8_t sent[SENT_BYTES];
static size_t sent_bytes;
static uint32_t ticks;

void fuzz_feed_byte(uint8_t byte)
{
    if (head < RECEIVED_BYTES) {
        received[head] = byte;
        head++;
    }
}

void fuzz_feed(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        fuzz_feed_byte(data[i]);
    }
}

void fuzz_lose(void)
{
    lost = true;
}

const uint8_t *fuzz_take_sent(size_t *bytes)
{
    *bytes = sent_bytes;
    sent_bytes = 0;
    return sent;
}

bool line_read(uint8_t *byte)
{
    if (line_is_empty()) {
        head = 0;
        tail = 0;
        return false;
    }
    *byte = received[tail];
    tail++;
    return true;
}

bool line_is_empty(void)
{
    return head == tail;
}

bool line_lost_bytes(void)
{
    const bool were_lost = lost;

    lost = false;
    return were_lost;
}

void line_drop(void)
{
    tail = head;
}

void line_write(uint8_t byte)
{
    if (sent_bytes == SENT_BYTES) {
        abort(); /* one input cannot make a board say so much */
    }
    sent[sent_bytes] = byte;
    sent_bytes++;
}

NO_RETURN void machine_restart(uint8_t start, uint8_t fault)
{
    (void)start;
    (void)fault;
    longjmp(fuzz_restart, 1);
}

uint8_t machine_start_reason(void)
{
    return START_POWER;
}

uint8_t machine_last_fault(void)
{
    return 0;
}

uint32_t machine_clock_hz(void)
{
    return 1000000;
}

uint8_t ticks_counter(void)
{
    return COUNTER_NONE;
}

uint32_t ticks_hz(void)
{
    return 1000000;
}

uint32_t ticks_now(void)
{
    return ticks++;
}

uint32_t stack_bytes(void)
{
    return 1024;
}

uint32_t stack_deepest(void)
{
    return 512;
}

bool stack_guard_is_intact(void)
{
    return true;
}

void stack_paint_below(uintptr_t pointer)
{
    (void)pointer;
}

uint32_t stack_used_below(uintptr_t pointer)
{
    (void)pointer;
    return 100;
}

uintptr_t stack_pointer(void)
{
    return 0;
}

void core_disable_interrupts(void)
{
}

void core_enable_interrupts(void)
{
}
