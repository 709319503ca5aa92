@ Sends A, B, C, ... on USART1 of an STM32F4: a program small enough to be right.
    .syntax unified
    .thumb
    .text
    .word 0x20001000
    .word _start + 1
    .global _start
    .thumb_func
_start:
    ldr r0, =0x40011000
    ldr r1, =0x200c @ UE, TE, RE
    str r1, [r0, #12]
    movs r1, #'A'
next:
    str r1, [r0, #4]
    adds r1, #1
    ldr r2, =100000
wait:
    subs r2, #1
    bne wait
    b next
