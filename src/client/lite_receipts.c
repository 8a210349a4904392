/* SPDX-License-Identifier: Apache-2.0 */
#include "client/lite_receipts.h"

#include <string.h>

#include "client/popped.h"
#include "codec/lite.h"
#include "codec/properties.h"

enum { NUMBERS_MAX = 128 }; /* of a receipt without the name of its broker */

/* Where it lies in the one lite topic that it is of. */
static bool read_offset(const struct rmq_message *m, int64_t *out)
{
	const char *queue = rmqi_message_property(m, RMQI_PROP_MULTI_DISPATCH);
	const char *offset = rmqi_message_property(m, RMQI_PROP_MULTI_OFFSET);
	struct rmqi_str parent, lite;

	return queue && offset && rmqi_lite_queue_parse(rmqi_str(queue), &parent, &lite) &&
	       rmqi_str_to_i64(rmqi_str(offset), out) && *out >= 0;
}

static enum rmq_error give(struct rmq_message *m, struct rmqi_popped *p, int64_t offset,
			   struct rmqi_receipts_with *with)
{
	struct rmqi_receipt r = {.pop_ms = with->pop_ms,
				 .invisible_ms = with->invisible_ms,
				 .revive_queue = with->revive_queue,
				 .mark = RMQI_POP_NORMAL,
				 .broker_name = rmqi_str(with->broker_name)};

	r.offset = offset;
	if (rmqi_receipt_write(&r, p->receipt, p->set->receipt_size) == 0)
		return RMQ_ERR_PROTOCOL;
	rmqi_popped_note(p, &r);
	m->queue_offset = r.offset;
	m->reconsume_times = rmqi_lite_times(&with->lite_times, r.offset);
	return RMQ_OK;
}

static void leave_out(struct rmqi_message_block *block, size_t i, struct rmqi_receipts_with *with)
{
	const struct rmq_message *m = &block->messages[i];

	if (block->bad_count < RMQI_BAD_RECORDS)
		block->bad[block->bad_count] = (struct rmqi_bad_record){
			i, m->queue_offset, m->queue.queue_id,
			"its properties do not say where in which one lite topic it lies"};
	block->bad_count++;
	m->popped->receipt[0] = '\0';
	rmqi_popped_done(m->popped);
	rmqi_lite_times_skip(&with->lite_times);
}

enum rmq_error rmqi_lite_receipts_give(struct rmqi_message_block *block,
				       struct rmqi_receipts_with *with)
{
	struct rmqi_popped_set *s =
		rmqi_popped_set_new(block->count, NUMBERS_MAX + strlen(with->broker_name));
	enum rmq_error err = RMQ_OK;

	if (!s)
		return RMQ_ERR_NO_MEMORY;
	s->is_lite = true;
	block->popped = s;
	for (size_t i = 0; i < block->count && err == RMQ_OK; i++) {
		struct rmq_message *m = &block->messages[i];
		struct rmqi_popped *p = rmqi_popped_at(s, i);
		int64_t offset;

		*p = (struct rmqi_popped){
			.set = s, .expires_us = with->expires_us, .is_open = true};
		m->popped = p;
		if (read_offset(m, &offset))
			err = give(m, p, offset, with);
		else
			leave_out(block, i, with);
	}
	return err;
}
