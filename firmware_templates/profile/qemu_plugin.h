/* SPDX-License-Identifier: 0BSD
 *
 * What count_blocks.c uses of QEMU's plugin interface, which QEMU documents in docs/devel/tcg-plugins;
 * the header that comes with its source is not part of distributions' packages.
 */
#ifndef CBCNN_QEMU_PLUGIN_H
#define CBCNN_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*qemu_plugin_tb_translated_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*qemu_plugin_executed_t)(unsigned int cpu, void *data);
typedef void (*qemu_plugin_ended_t)(qemu_plugin_id_t id, void *data);

/* QEMU looks for these two. */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_tb_translated_t call);
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *block,
    qemu_plugin_executed_t call,
    enum qemu_plugin_cb_flags flags,
    void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_ended_t call, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);

#endif
