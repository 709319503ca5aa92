/* SPDX-License-Identifier: Apache-2.0
 *
 * The harness on a chip of simavr: simavr/chip.c reads and writes files behind three registers.
 */
#include "harness.h"

#include <avr/io.h>
#include <string.h>

#define GUARD_BYTES 16U
#define GUARD 0x5a
#define MAX_BUFFERS 8U
#define STACK_MARK 0xa5

/* Marks around the model's run. */
enum { STARTED = 1, ENDED = 2 };

/* Bytes directly below the stack pointer that harness_mark_stack itself may be using. */
#define OWN_STACK 32U

static struct {
    const uint8_t *start;
    const uint8_t *end;
} buffers[MAX_BUFFERS];
static uint8_t used_buffers;

extern uint8_t _end;
static uint8_t *next_free = &_end;
static uint8_t *marked_from, *marked_to;

int harness_read(void *data, size_t bytes)
{
    uint8_t *to = (uint8_t *)data;

    while (bytes-- > 0) {
        if (GPIOR2 == 0) {
            return 0;
        }
        *to++ = GPIOR1;
    }
    return 1;
}

void harness_write(const void *data, size_t bytes)
{
    const uint8_t *from = (const uint8_t *)data;

    while (bytes-- > 0) {
        GPIOR0 = *from++;
    }
}

uint8_t *harness_allocate(size_t bytes, size_t offset)
{
    uint8_t *start = next_free + GUARD_BYTES;
    uint8_t *end;

    start += (16U - (size_t)start % 16U) % 16U + offset;
    end = start + bytes;
    if (used_buffers == MAX_BUFFERS || end < start || end + GUARD_BYTES > (uint8_t *)SP - 512) {
        return NULL;
    }
    memset(start - GUARD_BYTES, GUARD, GUARD_BYTES);
    memset(end, GUARD, GUARD_BYTES);
    buffers[used_buffers].start = start;
    buffers[used_buffers].end = end;
    used_buffers++;
    next_free = end + GUARD_BYTES;
    return start;
}

int harness_guards_intact(void)
{
    uint8_t buffer, i;

    for (buffer = 0; buffer < used_buffers; buffer++) {
        for (i = 0; i < GUARD_BYTES; i++) {
            if (buffers[buffer].start[-1 - (int)i] != GUARD || buffers[buffer].end[i] != GUARD) {
                return 0;
            }
        }
    }
    return 1;
}

void harness_mark_stack(void)
{
    uint8_t *mark;

    marked_from = next_free;
    marked_to = (uint8_t *)SP - OWN_STACK;
    for (mark = marked_from; mark < marked_to; mark++) {
        *mark = STACK_MARK;
    }
    GPIOR2 = STARTED;
}

uint32_t harness_used_stack(void)
{
    const uint8_t *mark = marked_from;

    GPIOR2 = ENDED;
    while (mark < marked_to && *mark == STACK_MARK) {
        mark++;
    }
    return (uint32_t)(marked_to + OWN_STACK - mark);
}

/* Behind main: its result is in r24, where the emulator finds it. */
void __attribute__((naked, used, section(".fini8"))) harness_end(void);
void harness_end(void)
{
    __asm__ volatile("ldi r18, 0xff\n\tsts 0x4b, r18"); /* GPIOR2 */
}
