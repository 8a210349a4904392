/* SPDX-License-Identifier: Apache-2.0 */
/*
 * results.h - the inside of rmq_send_results: the answer to a batch, told for each of its messages
 * (MQClientAPIImpl.processSendResponse joins them into one SendResult instead).
 *
 * A broker stores the messages of a batch one behind the other in one queue and answers with
 * the offset of the first, and with their offset ids, a comma between.
 *
 * Thread: immutable.
 */
#ifndef RMQI_SEND_RESULTS_H
#define RMQI_SEND_RESULTS_H

#include <stddef.h>

#include <rocketmq/send.h>

#include "base/str.h"
#include "send/result.h"

/* The queue and the other common texts are those of `whole`; the offset ids stand behind the list. */
struct rmq_send_results {
	size_t count;
	struct rmq_send_result *whole; /* owned */
	struct rmq_send_result results[];
};

/* Number `index` of `count` texts with commas between, all as long as the first; the whole list where it
 * is one text for all; nothing where it is another list. */
struct rmqi_str rmqi_send_results_cut(struct rmqi_str list, size_t count, size_t index);
/* `whole` is moved, also on failure; `ids` are the UNIQ_KEYs with commas between, each shorter
 * than RMQI_ID_SIZE. NULL when memory is out. */
struct rmq_send_results *rmqi_send_results_new(struct rmq_send_result *whole, struct rmqi_str ids,
					       size_t count);
void rmqi_send_results_free(struct rmq_send_results *r);

#endif
