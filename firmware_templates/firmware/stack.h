/* SPDX-License-Identifier: 0BSD */
/*
 * The stack. Unused stack is painted at the start; a guard lies at its end.
 */
#ifndef CBCNN_STACK_H
#define CBCNN_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* Writes the guard and paints what is not in use. */
void stack_start(void);

uint32_t stack_bytes(void);
uint32_t stack_deepest(void);
bool stack_guard_is_intact(void);
void stack_break_guard(void);

/* Where the stack ends now. */
uintptr_t stack_pointer(void);

/* Paints the stack below `pointer`, and tells how many bytes below it were used since then. */
void stack_paint_below(uintptr_t pointer);
uint32_t stack_used_below(uintptr_t pointer);

#endif
