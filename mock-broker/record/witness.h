/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.h - the observer of one node, which enters what it sees into the record.
 *
 * Owner: the cluster; it outlives the node. Thread: loop.
 */
#ifndef MB_RECORD_WITNESS_H
#define MB_RECORD_WITNESS_H

#include "mock-broker/observer.h"
#include "mock-broker/record/record.h"

struct mb_witness {
	struct mb_observer observer;
	struct mb_record *record;
	const char *node; /* "broker-a/1", "namesrv-0"; borrowed */
	int32_t namesrv;  /* its place; -1: a broker */
};

void mb_witness_init(struct mb_witness *w, struct mb_record *r, const char *node,
		     int32_t namesrv);

#endif
