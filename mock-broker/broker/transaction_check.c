/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transaction_check.c - a round of questions: every half message since the last round that has not ended is
 * copied, so that it is looked at again, and asked about
 * (TransactionalMessageServiceImpl.check, DefaultTransactionalMessageCheckListener).
 *
 *     ops read? --> next half message: ended | too young, or stored since: the end | too old, too often:
 *                                      given up | immune: copied | copied, and asked about
 *
 * A step of a round looks at a few messages only: the loop has others to serve.
 */
#include <stdio.h>

#include "base/planted.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/push.h"

enum {
	STEP = 32, /* half messages of a step; OP_MSG_PULL_NUMS, notes of a get */
	GETS = 16, /* gets of notes of a step */
	QUEUE = 0,
	MAX_BYTES = 1024 * 1024
};

/* What becomes of a half message. */
enum verdict { PASSED, STAYS };

static int64_t stored_offset(const struct mb_broker *b, struct rmqi_str topic)
{
	const struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, topic, RMQI_STR(MB_GROUP_TRANSACTIONS), QUEUE);

	if (row && row->committed != MB_NO_OFFSET)
		return row->committed;
	return mb_store_min_offset(b->store, topic, QUEUE);
}

static void commit_offset(struct mb_broker *b, struct rmqi_str topic, int64_t offset)
{
	if (stored_offset(b, topic) == offset)
		return;
	if (mb_offsets_commit(b, topic, RMQI_STR(MB_GROUP_TRANSACTIONS), QUEUE, offset) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR,
			 "broker: memory is out for an offset of transactions");
}

/* --- The notes of what has ended ------------------------------------------------------------- */

static void *as_value(int64_t n)
{
	return (void *)(uintptr_t)n;
}

static int64_t as_number(const void *value)
{
	return (int64_t)(uintptr_t)value;
}

/* "12,13,20,". False: memory is out. */
static bool read_note(struct mb_check_round *r, const struct rmqi_stored_message *note)
{
	struct rmqi_str rest = rmqi_cursor_str(note->body), one;
	int64_t offset, left = 0;
	bool more = true;

	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (!rmqi_str_to_i64(one, &offset) || offset < r->half_at)
			continue;
		if (rmqi_imap_set(&r->ended, (uint64_t)offset, as_value(note->queue_offset + 1)) !=
		    RMQ_OK)
			return false;
		left++;
	}
	return left == 0 ||
	       rmqi_imap_set(&r->op_left, (uint64_t)note->queue_offset, as_value(left)) == RMQ_OK;
}

static bool read_notes(struct mb_check_round *r, const struct mb_get_result *got)
{
	for (size_t i = 0; i < got->count; i++) {
		struct rmqi_cursor c = got->records[i];
		struct rmqi_stored_message note;

		if (rmqi_message_decode(&c, &note) == RMQ_OK && !read_note(r, &note))
			return false;
	}
	r->op_at = got->next_begin_offset;
	return true;
}

/* True: all that there are. */
static bool read_ops(struct mb_broker *b)
{
	const struct mb_get_limits limits = {.max_messages = STEP, .max_bytes = MAX_BYTES};
	struct mb_check_round *r = &b->transactions.round;
	struct mb_get_result *got = b->transactions.got;

	for (int i = 0; i < GETS; i++) {
		mb_store_get(b->store, RMQI_STR(RMQI_TOPIC_OP_HALF), QUEUE, r->op_at, &limits, NULL,
			     got);
		if (got->status != MB_GET_FOUND) {
			if (got->status == MB_GET_OFFSET_TOO_SMALL)
				r->op_at = got->next_begin_offset;
			return true;
		}
		if (!read_notes(r, got))
			return true;
	}
	return false;
}

/* It was noted: one less of its note. */
static bool take_ended(struct mb_check_round *r, int64_t half)
{
	void *note = rmqi_imap_remove(&r->ended, (uint64_t)half);
	int64_t left;

	if (!note)
		return false;
	left = as_number(rmqi_imap_remove(&r->op_left, (uint64_t)(as_number(note) - 1)));
	if (left > 1 && rmqi_imap_set(&r->op_left, (uint64_t)(as_number(note) - 1),
				      as_value(left - 1)) != RMQ_OK)
		return true; /* read once more than needed */
	return true;
}

/* calculateOpOffset: past the notes of which nothing is to come. */
static void pass_notes(struct mb_check_round *r)
{
	while (r->op_from < r->op_at && !rmqi_imap_get(&r->op_left, (uint64_t)r->op_from))
		r->op_from++;
}

/* --- A half message -------------------------------------------------------------------------- */

/* putBackHalfMsgQueue: no question without a copy. So one that the store refuses for what it is (its properties are
 * full, with no room for the count) holds up those behind it until it is too old, in Java as well. */
static void tell_stuck(const struct mb_broker *b, const struct rmqi_stored_message *half,
		       enum mb_put_status status)
{
	RMQI_LOG(
		b->log, RMQ_LOG_ERROR,
		"broker: half message %lld cannot be stored again (%s): neither it nor those behind "
		"it are asked about, until it can, or is older than fileReservedTime",
		(long long)half->queue_offset, mb_put_status_name(status));
}

static void put_again(struct mb_broker *b, struct rmqi_stored_message *m,
		      const char *prepared_offset, int64_t times, struct mb_put_result *put)
{
	static const char *const replaced[] = {MB_PROP_CHECK_TIMES, NULL};
	struct rmqi_buf *out = &b->properties;
	struct rmqi_str text = m->properties;
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)times);
	rmqi_buf_reset(out);
	rmqi_properties_copy_without(out, text, replaced);
	rmqi_properties_add(out, RMQI_STR(MB_PROP_CHECK_TIMES), rmqi_str(number));
	if (prepared_offset)
		rmqi_properties_add(out, RMQI_STR(MB_PROP_PREPARED_OFFSET),
				    rmqi_str(prepared_offset));
	m->properties = rmqi_cursor_str(rmqi_buf_cursor(out));
	/* renewHalfMessageInner forgets these two. */
	m->flag = 0;
	m->reconsume_times = 0;
	mb_store_put(b->store, m, put);
	if (!mb_put_is_stored(put->status))
		tell_stuck(b, m, put->status);
	m->queue_offset = put->queue_offset;
	m->physical_offset = put->physical_offset;
}

/* To one producer of its group, each in turn. */
static struct mb_channel *whose_turn(struct mb_broker *b, struct rmqi_str group)
{
	const struct mb_client_group *g = mb_producers_find(b, group);
	size_t turn;

	if (!g || g->channel_count == 0)
		return NULL;
	turn = ++b->transactions.next_channel % g->channel_count;
	RMQI_LIST_EACH(node, &g->channels)
		if (turn-- == 0)
			return RMQI_LIST_ITEM(node, struct mb_channel, of_group);
	return NULL;
}

/* Broker2Client.checkProducerTransactionState. The record shows where the message will be, and the place of the
 * copy. */
static void ask(struct mb_broker *b, const struct rmqi_stored_message *copy)
{
	struct rmqi_stored_message m = *copy;
	struct rmqi_str group = RMQI_STR(""), id = RMQI_STR("");
	struct rmqi_h_check_transaction_state h = {.tranStateTableOffset = copy->queue_offset,
						   .commitLogOffset = copy->physical_offset};
	struct rmqi_cursor body;
	struct rmqi_outgoing request = {.code = RMQI_REQ_CHECK_TRANSACTION_STATE,
					.desc = &rmqi_desc_check_transaction_state,
					.header = &h,
					.body = &body,
					.body_count = 1};
	char offset_id[RMQI_ID_SIZE];
	struct mb_channel *ch;
	enum rmq_error err = RMQ_ERR_NOT_FOUND;

	if (RMQI_PLANTED(NOBODY_IS_ASKED))
		return;
	(void)rmqi_properties_get(m.properties, RMQI_PROP_PGROUP, &group);
	(void)rmqi_properties_get(m.properties, RMQI_PROP_UNIQ_KEY, &id);
	RMQI_SET(&h, check_transaction_state, topic, RMQI_STR(RMQI_TOPIC_HALF));
	RMQI_SET(&h, check_transaction_state, msgId, id);
	RMQI_SET(&h, check_transaction_state, transactionId, id);
	RMQI_SET(&h, check_transaction_state, offsetMsgId,
		 rmqi_str_n(offset_id,
			    rmqi_offset_id(&m.store_host, copy->physical_offset, offset_id)));
	RMQI_SET(&h, check_transaction_state, bname, rmqi_str(b->config->broker_name));
	rmqi_buf_reset(&b->body);
	ch = whose_turn(b, group);
	if (ch && mb_half_destination(copy, &m.topic, &m.queue_id))
		err = rmqi_message_encode(&b->body, &m);
	body = rmqi_buf_cursor(&b->body);
	if (err == RMQ_OK)
		err = mb_push_oneway(&b->node->door, ch->peer->conn, &request);
	if (err != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_INFO,
			 "broker: nobody of group %.*s was asked about transaction %.*s: %s",
			 RMQI_STR_ARG(group), RMQI_STR_ARG(id),
			 ch ? rmq_error_text(err) : "no producer is there");
}

/* resolveDiscardMsg: whatever becomes of the put, the half message is passed. */
static void give_up(struct mb_broker *b, const struct rmqi_stored_message *half)
{
	struct rmqi_str topic = RMQI_STR(MB_TOPIC_CHECK_MAX);
	struct rmqi_stored_message m = *half;
	struct mb_put_result put = {.status = MB_PUT_UNKNOWN_ERROR};

	m.topic = topic;
	m.queue_id = 0;
	if (mb_topic_ensure(b, topic, 1, RMQI_PERM_READ | RMQI_PERM_WRITE, 0, false))
		mb_store_put(b->store, &m, &put);
	RMQI_LOG(b->log, mb_put_is_stored(put.status) ? RMQ_LOG_WARN : RMQ_LOG_ERROR,
		 "broker: half message %lld was asked about too often, or for too long: %s",
		 (long long)half->queue_offset,
		 mb_put_is_stored(put.status) ? "it went to " MB_TOPIC_CHECK_MAX
					      : mb_put_status_name(put.status));
}

/* checkPrepareQueueOffset: it is not asked about yet, but may have ended by its first place. */
static enum verdict spare(struct mb_broker *b, struct rmqi_stored_message *half, int64_t times)
{
	struct mb_put_result put;
	struct rmqi_str first;
	char text[24];
	int64_t offset = half->queue_offset;
	bool is_copy = rmqi_properties_get(half->properties, MB_PROP_PREPARED_OFFSET, &first);

	if (is_copy && (!rmqi_str_to_i64(first, &offset) || offset < 0))
		offset = half->queue_offset;
	if (is_copy && rmqi_imap_remove(&b->transactions.immune, (uint64_t)offset))
		return PASSED;
	snprintf(text, sizeof(text), "%lld", (long long)offset);
	put_again(b, half, is_copy ? NULL : text, times, &put);
	return mb_put_is_stored(put.status) ? PASSED : STAYS;
}

static bool is_given_up(const struct mb_broker *b, int64_t times, int64_t age_ms)
{
	return times > b->config->transaction_check_max ||
	       age_ms > b->config->file_reserved_hours * 3600 * 1000;
}

static enum verdict copy_and_ask(struct mb_broker *b, struct rmqi_stored_message *half,
				 int64_t times)
{
	struct mb_put_result put;

	put_again(b, half, NULL, times, &put);
	if (!mb_put_is_stored(put.status))
		return STAYS;
	ask(b, half);
	return PASSED;
}

static enum verdict look_at(struct mb_broker *b, struct rmqi_stored_message *half)
{
	int64_t age_ms = mb_half_age_ms(b, half);
	int64_t times = 0, limit_ms = b->config->transaction_timeout_ms;
	struct rmqi_str text, first;
	bool is_immune, is_forced;

	if (rmqi_properties_get(half->properties, MB_PROP_CHECK_TIMES, &text) &&
	    !rmqi_str_to_i64(text, &times))
		times = 0;
	times++;
	if (is_given_up(b, times, age_ms)) {
		give_up(b, half);
		return PASSED;
	}
	is_forced = half->queue_offset < b->transactions.round.forced_to;
	if (!is_forced && half->store_timestamp >= b->transactions.round.start_ms)
		return STAYS;
	is_immune = mb_half_immunity(b, half, &limit_ms);
	if (!is_forced && is_immune && age_ms <= limit_ms)
		return spare(b, half, times);
	if (!is_forced && age_ms >= 0 && age_ms <= limit_ms)
		return STAYS;
	/* It ended in its immunity time, and this is a copy of it. */
	if (is_immune && rmqi_properties_get(half->properties, MB_PROP_PREPARED_OFFSET, &first) &&
	    rmqi_str_to_i64(first, &limit_ms) && limit_ms >= 0 &&
	    rmqi_imap_remove(&b->transactions.immune, (uint64_t)limit_ms))
		return PASSED;
	return copy_and_ask(b, half, times);
}

/* --- The round ------------------------------------------------------------------------------- */

static void begin(struct mb_broker *b)
{
	struct mb_check_round *r = &b->transactions.round;

	/* Without an age a round would ask about what has just ended. */
	if (b->transactions.is_round_ordered)
		mb_half_note_ends(b);
	r->is_running = true;
	r->forced_to = b->transactions.is_round_ordered
			       ? mb_store_max_offset(b->store, RMQI_STR(RMQI_TOPIC_HALF), QUEUE)
			       : 0;
	b->transactions.is_round_ordered = false;
	r->start_ms = mb_broker_wall_ms(b);
	r->half_at = stored_offset(b, RMQI_STR(RMQI_TOPIC_HALF));
	r->op_from = r->op_at = stored_offset(b, RMQI_STR(RMQI_TOPIC_OP_HALF));
}

static void end(struct mb_broker *b)
{
	struct mb_check_round *r = &b->transactions.round;

	pass_notes(r);
	commit_offset(b, RMQI_STR(RMQI_TOPIC_HALF), r->half_at);
	commit_offset(b, RMQI_STR(RMQI_TOPIC_OP_HALF), r->op_from);
	rmqi_imap_deinit(&r->ended);
	rmqi_imap_deinit(&r->op_left);
	rmqi_imap_init(&r->ended);
	rmqi_imap_init(&r->op_left);
	r->is_running = false;
	if (b->transactions.is_round_ordered)
		rmqi_timer_start_ms(&b->transactions.check, 0);
	else if (r->half_at < mb_store_max_offset(b->store, RMQI_STR(RMQI_TOPIC_HALF), QUEUE))
		mb_half_stored(b);
}

/* False: the round is over. */
static bool next_half(struct mb_broker *b)
{
	const struct mb_get_limits limits = {.max_messages = 1, .max_bytes = MAX_BYTES};
	struct mb_check_round *r = &b->transactions.round;
	struct mb_get_result *got = b->transactions.got;
	struct rmqi_stored_message half;

	if (take_ended(r, r->half_at)) {
		rmqi_imap_remove(&b->transactions.immune, (uint64_t)r->half_at);
		r->half_at++;
		return true;
	}
	mb_store_get(b->store, RMQI_STR(RMQI_TOPIC_HALF), QUEUE, r->half_at, &limits, NULL, got);
	if (got->status != MB_GET_FOUND) {
		bool is_moved = got->next_begin_offset > r->half_at;

		if (is_moved)
			r->half_at = got->next_begin_offset;
		return is_moved;
	}
	if (rmqi_message_decode(&got->records[0], &half) != RMQ_OK || look_at(b, &half) == PASSED) {
		r->half_at++;
		return true;
	}
	return false;
}

void mb_transactions_check(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, transactions.check);
	bool is_over = false;

	if (b->is_stopping)
		return;
	if (!b->transactions.round.is_running)
		begin(b);
	if (read_ops(b))
		for (int i = 0; i < STEP && !is_over; i++)
			is_over = !next_half(b);
	if (is_over)
		end(b);
	else
		rmqi_timer_start_ms(t, 0);
}
