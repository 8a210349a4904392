/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/transactions.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/planted.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"

enum {
	OPS_MAX = 1024 * 1024, /* of text that waits to be noted */
	QUEUE = 0              /* of both topics */
};

void mb_half_make(struct rmqi_stored_message *m, struct rmqi_buf *properties,
		  struct rmqi_str uniq_key)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)m->queue_id);
	rmqi_properties_add(properties, RMQI_STR(MB_PROP_TRANSACTION_ID), uniq_key);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_TOPIC), m->topic);
	rmqi_properties_add(properties, RMQI_STR(RMQI_PROP_REAL_QID), rmqi_str(text));
	m->properties = rmqi_cursor_str(rmqi_buf_cursor(properties));
	m->sys_flag &= ~RMQI_SYS_TRANSACTION_MASK;
	if (RMQI_PLANTED(HALF_IS_VISIBLE))
		return;
	m->topic = RMQI_STR(RMQI_TOPIC_HALF);
	m->queue_id = QUEUE;
}

bool mb_half_destination(const struct rmqi_stored_message *half, struct rmqi_str *topic,
			 int32_t *queue_id)
{
	struct rmqi_str text;
	char problem[256];

	return rmqi_properties_get(half->properties, RMQI_PROP_REAL_TOPIC, topic) &&
	       rmqi_properties_get(half->properties, RMQI_PROP_REAL_QID, &text) &&
	       rmqi_str_to_i32(text, queue_id) && *queue_id >= 0 && *queue_id < MB_QUEUES_MAX &&
	       !rmqi_str_is(*topic, RMQI_TOPIC_HALF) &&
	       !rmqi_topic_problem(*topic, problem, sizeof(problem));
}

int64_t mb_half_age_ms(const struct mb_broker *b, const struct rmqi_stored_message *half)
{
	/* A client's clock says nothing of a cluster's that runs faster. */
	bool is_apart = rmqi_clock_is_apart(rmqi_loop_inner_clock(b->loop));
	int64_t from_ms = is_apart ? half->store_timestamp : half->born_timestamp;

	return (int64_t)((uint64_t)mb_broker_wall_ms(b) - (uint64_t)from_ms);
}

bool mb_half_immunity(const struct mb_broker *b, const struct rmqi_stored_message *half,
		      int64_t *ms)
{
	struct rmqi_str text;
	int64_t seconds = 0;

	if (!rmqi_properties_get(half->properties, MB_PROP_IMMUNITY, &text))
		return false;
	if (!rmqi_str_to_i64(text, &seconds) || seconds < 0 || seconds > INT32_MAX)
		seconds = 0;
	*ms = seconds * 1000;
	if (*ms < b->config->transaction_timeout_ms)
		*ms = b->config->transaction_timeout_ms;
	return true;
}

/* --- What has ended -------------------------------------------------------------------------- */

void mb_half_note_ends(struct mb_broker *b)
{
	struct mb_transactions *t = &b->transactions;
	struct rmqi_stored_message m = {.topic = RMQI_STR(RMQI_TOPIC_OP_HALF),
					.queue_id = QUEUE,
					.born_timestamp = mb_broker_wall_ms(b),
					.born_host = b->store_host,
					.store_host = b->store_host};
	struct rmqi_buf properties;
	char uniq_key[RMQI_ID_SIZE];
	struct mb_put_result put;

	if (t->ops.len == 0)
		return;
	rmqi_buf_init(&properties, 256);
	rmqi_properties_add(&properties, RMQI_STR(RMQI_PROP_TAGS), RMQI_STR("d"));
	rmqi_properties_add(&properties, RMQI_STR(RMQI_PROP_UNIQ_KEY),
			    rmqi_str_n(uniq_key, rmqi_uniq_next(&b->uniq, uniq_key)));
	m.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
	m.body = rmqi_buf_cursor(&t->ops);
	mb_store_put(b->store, &m, &put);
	if (!mb_put_is_stored(put.status))
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: the end of half messages %.*s cannot be noted: they will be "
			 "asked about",
			 (int)m.body.len, (const char *)m.body.ptr);
	rmqi_buf_deinit(&properties);
	rmqi_buf_reset(&t->ops);
}

static void on_write(struct rmqi_timer *timer)
{
	struct mb_broker *b = RMQI_CONTAINER(timer, struct mb_broker, transactions.write);

	if (!b->is_stopping)
		mb_half_note_ends(b);
}

static void note_immune(struct mb_broker *b, const struct rmqi_stored_message *half)
{
	struct rmqi_str text;
	int64_t ms;

	if (!mb_half_immunity(b, half, &ms) ||
	    rmqi_properties_get(half->properties, MB_PROP_PREPARED_OFFSET, &text))
		return;
	if (rmqi_imap_set(&b->transactions.immune, (uint64_t)half->queue_offset, b) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: memory is out, half message %lld will be asked about",
			 (long long)half->queue_offset);
}

void mb_half_ended(struct mb_broker *b, const struct rmqi_stored_message *half)
{
	struct mb_transactions *t = &b->transactions;

	note_immune(b, half);
	rmqi_buf_add_dec(&t->ops, half->queue_offset);
	rmqi_buf_add_u8(&t->ops, ',');
	if ((int64_t)t->ops.len > b->config->transaction_op_max_size)
		mb_half_note_ends(b);
	else if (!rmqi_timer_is_armed(&t->write))
		rmqi_timer_start_ms(&t->write, b->config->transaction_op_interval_ms);
}

/* --- Life ------------------------------------------------------------------------------------ */

void mb_half_stored(struct mb_broker *b)
{
	struct mb_transactions *t = &b->transactions;

	if (!rmqi_timer_is_armed(&t->check))
		rmqi_timer_start_ms(&t->check, b->config->transaction_check_interval_ms);
}

enum rmq_error mb_transactions_init(struct mb_broker *b)
{
	struct mb_transactions *t = &b->transactions;
	struct rmqi_timers *timers = rmqi_loop_inner_timers(b->loop);
	enum rmq_error err = rmqi_timer_init(&t->write, timers, on_write);

	rmqi_buf_init(&t->ops, OPS_MAX);
	rmqi_imap_init(&t->immune);
	rmqi_imap_init(&t->round.ended);
	rmqi_imap_init(&t->round.op_left);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&t->check, timers, mb_transactions_check);
	t->got = rmqi_calloc(1, sizeof(*t->got));
	return err == RMQ_OK && !t->got ? RMQ_ERR_NO_MEMORY : err;
}

void mb_transactions_start(struct mb_broker *b)
{
	if (mb_store_max_offset(b->store, RMQI_STR(RMQI_TOPIC_HALF), QUEUE) > 0)
		mb_half_stored(b);
}

void mb_transactions_stop(struct mb_broker *b)
{
	rmqi_timer_stop(&b->transactions.write);
	rmqi_timer_stop(&b->transactions.check);
}

void mb_transactions_save(struct mb_broker *b)
{
	mb_half_note_ends(b);
}

void mb_transactions_deinit(struct mb_transactions *t)
{
	rmqi_timer_deinit(&t->write);
	rmqi_timer_deinit(&t->check);
	rmqi_buf_deinit(&t->ops);
	rmqi_imap_deinit(&t->immune);
	rmqi_imap_deinit(&t->round.ended);
	rmqi_imap_deinit(&t->round.op_left);
	rmqi_free(t->got);
	t->got = NULL;
}
