@ A program whose instructions can be counted by hand. Assembled with the harness's linker script.
@
@ main calls tiny_warm_up first, so that its code has run before counting starts.

    .syntax unified
    .thumb

    .section .entry, "a"
    .word __stack_top
    .word harness_entry + 1
    .word fault + 1
    .word fault + 1

    .text

    .macro function name
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

    function harness_entry
    bl main
    ldr r1, =exit_block
    movs r0, #0x20
    bkpt 0xab
    .pool
    .size harness_entry, . - harness_entry

    function fault
    b fault
    .size fault, . - fault

    function main
    push {r4, lr}
    bl tiny_warm_up
    bl tiny_run
    pop {r4, pc}
    .size main, . - main

@ 1 + 2 * 3 + 1 = 8 instructions.
    function tiny_warm_up
    movs r0, #3
1:  subs r0, #1
    bne 1b
    bx lr
    .size tiny_warm_up, . - tiny_warm_up

    function tiny_run
    push {r4, lr}
    movs r0, #0
    bl tiny_warm_up
    bl tiny_forward
    pop {r4, pc}
    .size tiny_run, . - tiny_run

@ 1 + 5 * 2 + CONDITIONAL + CROSSING + 1 instructions.
    function tiny_forward
    movs r1, #5
2:  subs r1, #1
    bne 2b
#ifdef MAINLINE
@ 6 instructions, of which 2 do nothing: they count.
    cmp r1, #0
    itete eq
    addeq r2, r1
    addne r2, r1
    addeq r2, r1
    addne r2, r1
@ 3 instructions; the last lies in two pages.
    b 3f
    .balign 1024
    .skip 1020
3:  nop
    b.w 4f
4:
#endif
    bx lr
    .size tiny_forward, . - tiny_forward

    .section .rodata
    .balign 4
exit_block:
    .word 0x20026
    .word 0

    .bss
__heap: .space 4
    .end
