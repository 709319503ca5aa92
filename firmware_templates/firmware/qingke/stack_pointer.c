/* SPDX-License-Identifier: 0BSD */
#include "stack.h"

uintptr_t stack_pointer(void)
{
    uintptr_t pointer;

    __asm__ volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}
