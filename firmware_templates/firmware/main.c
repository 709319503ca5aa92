/* SPDX-License-Identifier: 0BSD */
/*
 * Firmware that serves the link and nothing else.
 */
#include "link.h"
#include "machine.h"
#include "network.h"

int main(void)
{
    machine_start();
    network_between_layers(link_answer_busy);
    link_start();
    for (;;) {
        if (!link_poll()) {
            machine_idle();
        }
    }
}
