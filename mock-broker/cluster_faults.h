/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_faults.h - the faults of a cluster, from outside its loop: <rocketmq/mock_fault.h> and the control
 * plane.
 *
 * Thread: any (in virtual time the one that made it), but not the loop.
 */
#ifndef MB_CLUSTER_FAULTS_H
#define MB_CLUSTER_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>
#include <rocketmq/mock_fault.h>

#include "base/buf.h"
#include "base/macros.h"

struct mb_fault_entry {
	uint64_t id;
	uint64_t hits;
	char *text; /* owned; its JSON */
};

struct rmq_mock_fault_list {
	size_t count;
	size_t cap;
	bool unspent_only;
	struct mb_fault_entry *entries; /* owned */
};

/* As the functions of mock_fault.h. */
enum rmq_error mb_cluster_add_fault(struct rmq_mock_cluster *c, const struct rmq_mock_fault *f,
				    uint64_t *id, struct rmq_error_detail *detail) RMQI_MUST_USE;
uint64_t mb_cluster_fault_hits(struct rmq_mock_cluster *c, uint64_t id);
enum rmq_error mb_cluster_wait_fault(struct rmq_mock_cluster *c, uint64_t id, uint64_t hits,
				     int64_t max_ms, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* *was_there (may be NULL): there was one. */
enum rmq_error mb_cluster_remove_fault(struct rmq_mock_cluster *c, uint64_t id, bool *was_there,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error mb_cluster_list_faults(struct rmq_mock_cluster *c, bool unspent_only,
				      struct rmq_mock_fault_list **out,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
void mb_fault_list_free(struct rmq_mock_fault_list *l);

#endif
