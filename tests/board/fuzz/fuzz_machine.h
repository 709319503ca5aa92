/* SPDX-License-Identifier: Apache-2.0
 *
 * A board without hardware: what the line brings comes from a buffer, what it sends goes into one.
 */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

/* Appends to what the board will receive; what does not fit is lost. */
void fuzz_feed(const uint8_t *data, size_t bytes);
void fuzz_feed_byte(uint8_t byte);

/* Some bytes were lost. */
void fuzz_lose(void);

/* What the board sent since the last call. */
const uint8_t *fuzz_take_sent(size_t *bytes);

/* Where a restart of the board goes. */
extern jmp_buf fuzz_restart;

#endif
