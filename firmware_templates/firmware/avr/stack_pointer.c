/* SPDX-License-Identifier: 0BSD */
#include "stack.h"

#include <avr/io.h>

uintptr_t stack_pointer(void)
{
    return SP;
}
