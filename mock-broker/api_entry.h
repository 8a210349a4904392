/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_entry.h - what public functions of a mock cluster check first (base/entry.h).
 */
#ifndef MB_API_ENTRY_H
#define MB_API_ENTRY_H

#include "base/entry.h"
#include "mock-broker/cluster.h"

/* Not NULL, and made in this process. */
static inline bool mb_entry_has_cluster(struct rmqi_entry *entry, const struct rmq_mock_cluster *c)
{
	if (!rmqi_entry_has(entry, "c", c))
		return false;
	return !mb_cluster_is_inherited(c) || rmqi_entry_refuse_child(entry);
}

#endif
