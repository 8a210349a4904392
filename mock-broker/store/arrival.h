/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrival.h - what happens after messages were stored is a list of listeners
 * (CommitLogDispatcher.java, MessageArrivingListener.java).
 *
 *     put: check, reserve, write, publish --> each message, to each listener
 *
 * The messages of a put are told one after the other, each to all listeners in
 * the order in which these were added, when all of them can be read. A listener
 * takes what is its own and leaves the rest; it does not know the others. It must
 * not put from within: it defers that to the end of the loop's wake-up.
 *
 * A listener knows how far it came: it was told of every record that begins
 * below `upto`. One that keeps a state on disk stores it there, and finds after a
 * restart from where on the commit log has to be read again.
 *
 * Thread: the loop that owns the store.
 */
#ifndef MB_STORE_ARRIVAL_H
#define MB_STORE_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/str.h"

/* What the properties of a message say that it is found by; each empty when they do not. */
struct mb_record_keys {
	struct rmqi_str uniq_key;
	struct rmqi_str keys;
	struct rmqi_str tags;
};

/* What DispatchRequest.java says of a message. Texts are borrowed during the call. */
struct mb_arrival {
	struct rmqi_str topic;
	struct rmqi_str properties;
	const struct mb_record_keys *keys; /* NULL: nobody has read them yet */
	int64_t physical_offset;
	int64_t queue_offset; /* 0 unless in_queue, as the next */
	int64_t tags_code;
	int64_t store_timestamp;
	int64_t prepared_transaction_offset;
	size_t size; /* of the record */
	int32_t queue_id;
	int32_t sys_flag;
	bool in_queue; /* prepared and rolled back halves have no queue entry */
};

struct mb_arrival_listener {
	void (*arrived)(struct mb_arrival_listener *l, const struct mb_arrival *a);
	/* the store's */
	int64_t upto;
	struct rmqi_list link;
};

#endif
