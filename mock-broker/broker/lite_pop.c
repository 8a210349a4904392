/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_pop.c - POP_LITE_MESSAGE: what is new in the lite topics of one client (PopLiteMessageProcessor.java).
 */
#include "base/mem.h"
#include "codec/lite.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/lites.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_order.h"

enum {
	LATE_MS = 500, /* PopLiteMessageRequestHeader.isTimeoutTooMuch */
	EARLY_MS = 50  /* PopRequest.isTimeout */
};

struct lite_pop {
	struct mb_broker *b;
	struct mb_ticket ticket;
	const struct rmqi_h_pop_lite_message *h; /* borrowed */
	int64_t pop_ms;
	size_t count;
	struct rmqi_cursor records[MB_POP_MAX];
};

struct held {
	struct mb_parked parked;
	struct mb_broker *b;
	struct mb_ticket ticket;          /* holds a ref on the connection */
	struct rmqi_h_pop_lite_message h; /* its texts point into `texts` */
	char texts[];
};

static void process(struct lite_pop *p);

/* --- Waiting ----------------------------------------------------------------------------------------- */

static void held_free(struct held *held)
{
	struct mb_broker *b = held->b;
	struct mb_lite_client *c = mb_lite_client_find(b, held->h.clientId);

	b->lites.waiting--;
	if (c)
		mb_lite_client_settle(b, c);
	rmqi_conn_unref(held->ticket.conn);
	rmqi_free(held);
}

static void held_drop(struct mb_parked *parked)
{
	held_free(RMQI_CONTAINER(parked, struct held, parked));
}

static void held_resume(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);
	struct lite_pop p = {.b = held->b, .ticket = held->ticket, .h = &held->h};

	process(&p);
	held_free(held);
}

static struct held *held_new(const struct lite_pop *p)
{
	const struct rmqi_h_pop_lite_message *h = p->h;
	struct held *held = rmqi_alloc(sizeof(*held) + h->clientId.len + h->consumerGroup.len +
				       h->topic.len + h->attemptId.len);
	char *at;

	if (!held)
		return NULL;
	at = held->texts;
	held->parked = (struct mb_parked){.resume = held_resume, .drop = held_drop};
	held->b = p->b;
	held->ticket = p->ticket;
	held->h = *h;
	held->h.clientId = mb_parked_text(&at, h->clientId);
	held->h.consumerGroup = mb_parked_text(&at, h->consumerGroup);
	held->h.topic = mb_parked_text(&at, h->topic);
	held->h.attemptId = mb_parked_text(&at, h->attemptId);
	held->h.bname = (struct rmqi_str){0};
	rmqi_conn_ref(held->ticket.conn);
	p->b->lites.waiting++;
	return held;
}

/* How long it may wait; 0: not at all. A poll of less than the time by which others end early is waited out: who
 * asks again at once would ask for ever, where time stands still meanwhile. */
static int64_t left_ms(const struct lite_pop *p)
{
	int64_t early = p->h->pollTime > EARLY_MS ? EARLY_MS : 0;
	int64_t end;

	if (p->h->pollTime <= 0 || p->b->is_stopping ||
	    __builtin_add_overflow(p->h->bornTime, p->h->pollTime - early, &end) ||
	    __builtin_sub_overflow(end, mb_broker_client_ms(p->b), &end))
		return 0;
	return end > 0 ? end : 0;
}

/* The code to answer with; 0: it waits. */
static int32_t park(const struct lite_pop *p)
{
	struct mb_broker *b = p->b;
	struct mb_peer *peer = rmqi_conn_user(p->ticket.conn);
	int64_t ms = left_ms(p);
	struct mb_lite_client *c;
	struct held *held;

	if (ms == 0 || !peer)
		return RMQI_RESP_POLLING_TIMEOUT;
	if ((int64_t)b->lites.waiting >= b->config->pop_polling_max)
		return RMQI_RESP_POLLING_FULL;
	c = mb_lite_client_get(b, p->h->clientId, p->h->consumerGroup, p->h->topic);
	if (!c || (int64_t)c->waiting.count > b->config->pop_polling_of_queue)
		return RMQI_RESP_POLLING_FULL;
	held = held_new(p);
	if (held && mb_holds_park_in(b, &held->parked, &c->waiting, &peer->parked, ms) == RMQ_OK)
		return 0;
	if (held)
		held_free(held);
	else
		mb_lite_client_settle(b, c);
	return RMQI_RESP_POLLING_FULL;
}

/* --- Reading ------------------------------------------------------------------------------------------ */

/* As a pop that begins at the end (ConsumeInitMode.java). */
static int64_t start_offset(const struct lite_pop *p, struct rmqi_str queue)
{
	struct mb_broker *b = p->b;
	struct mb_queue_offsets *row =
		mb_offsets_find(&b->offsets, queue, p->h->consumerGroup, 0);
	int64_t max, min;

	if (row && row->reset != MB_NO_OFFSET) {
		min = row->reset;
		row->reset = MB_NO_OFFSET;
		return min;
	}
	if (row && row->committed != MB_NO_OFFSET)
		return row->committed;
	max = mb_store_max_offset(b->store, queue, 0);
	min = mb_store_min_offset(b->store, queue, 0);
	if ((b->config->pop_init_by_memory && min <= 0) || max == 0)
		return 0;
	return max - 1;
}

static void get(const struct lite_pop *p, struct rmqi_str queue, int64_t *offset,
		struct mb_get_result *got)
{
	int64_t most = p->b->config->max_transfer_count;
	int64_t room = p->h->maxMsgNum - (int64_t)p->count;
	const struct mb_get_limits limits = {
		.max_messages = (int32_t)(room < most ? room : most),
		.max_bytes = (size_t)p->b->config->max_transfer_bytes,
	};

	mb_store_get(p->b->store, queue, 0, *offset, &limits, NULL, got);
	if (got->count > 0 || got->next_begin_offset == *offset)
		return;
	*offset = got->next_begin_offset;
	mb_store_get(p->b->store, queue, 0, *offset, &limits, NULL, got);
}

/* False: they must not go out. */
static bool note_out(struct lite_pop *p, struct mb_lite_out *o, int64_t offset, size_t count)
{
	struct mb_lites *l = &p->b->lites;
	int64_t offsets[MB_POP_MAX];
	int32_t times[MB_POP_MAX];
	const struct mb_popped popped = {
		.attempt_id = p->h->attemptId,
		.pop_ms = p->pop_ms,
		.invisible_ms = p->h->invisibleTime,
		.offsets = offsets,
		.count = count,
		.mark = RMQI_POP_NORMAL,
	};

	/* A light queue has no filter, and so no holes. */
	for (size_t i = 0; i < count; i++)
		offsets[i] = offset + (int64_t)i;
	rmqi_buf_reset(&l->scratch);
	if (mb_pop_order_update(p->b, &o->queue, &popped, &l->scratch) != RMQ_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		times[i] = o->queue.order->items[i].times;
	rmqi_lite_add_times(&l->times, offsets, times, count);
	return true;
}

static void commit(const struct lite_pop *p, struct rmqi_str queue, int64_t offset)
{
	if (mb_offsets_commit(p->b, queue, p->h->consumerGroup, 0, offset) != RMQ_OK)
		RMQI_LOG(p->b->log, RMQ_LOG_ERROR, "broker: an offset of %.*s is lost: no memory",
			 RMQI_STR_ARG(p->h->consumerGroup));
}

static void read_queue(struct lite_pop *p, struct rmqi_str queue)
{
	struct mb_broker *b = p->b;
	struct mb_get_result *got = &b->got;
	struct mb_lite_out *o = mb_lite_out_find(b, queue, p->h->consumerGroup);
	int64_t offset;

	if (o && mb_pop_order_blocks(b, &o->queue, p->h->attemptId, p->h->invisibleTime))
		return;
	offset = start_offset(p, queue);
	get(p, queue, &offset, got);
	commit(p, queue, offset);
	if (got->count == 0)
		return;
	o = mb_lite_out_get(b, queue, p->h->consumerGroup);
	if (!o || !note_out(p, o, got->next_begin_offset - (int64_t)got->count, got->count))
		return;
	for (size_t i = 0; i < got->count; i++)
		p->records[p->count++] = got->records[i];
	mb_figures_got(b, p->h->topic, p->h->consumerGroup, got->count);
}

/* What was there before it was asked: what comes by reading has its turn next time. */
static void read_events(struct lite_pop *p, struct mb_lite_client *c)
{
	struct rmqi_list turn;

	rmqi_list_init(&turn);
	rmqi_list_move_all(&c->events, &turn);
	while (!rmqi_list_is_empty(&turn) && (int64_t)p->count < p->h->maxMsgNum) {
		struct mb_lite_sub *s = RMQI_LIST_ITEM(turn.next, struct mb_lite_sub, event);

		mb_lite_event_take(s);
		read_queue(p, s->topic->queue);
	}
	rmqi_list_move_all(&c->events, &turn);
	rmqi_list_move_all(&turn, &c->events);
}

/* --- The answer --------------------------------------------------------------------------------------- */

static void reply(struct lite_pop *p, int32_t code, const char *remark)
{
	struct rmqi_h_pop_lite_message_response h = {
		.popTime = p->pop_ms,
		.invisibleTime = p->h->invisibleTime,
		.reviveQid = RMQI_POP_ORDERLY_QUEUE,
	};
	const struct rmqi_outgoing response = {.code = code,
					       .remark = rmqi_str(remark),
					       .desc = &rmqi_desc_pop_lite_message_response,
					       .header = &h,
					       .body = p->records,
					       .body_count = p->count};

	if (p->count > 0)
		RMQI_SET(&h, pop_lite_message_response, orderCountInfo,
			 rmqi_cursor_str(rmqi_buf_cursor(&p->b->lites.times)));
	p->b->get_count += p->count;
	mb_answer(&p->ticket, &response);
}

/* --- The way ------------------------------------------------------------------------------------------- */

static bool is_late(const struct lite_pop *p)
{
	int64_t late;

	return !__builtin_sub_overflow(mb_broker_client_ms(p->b), p->h->bornTime, &late) &&
	       !__builtin_sub_overflow(late, p->h->pollTime, &late) && late > LATE_MS;
}

static bool check_itself(const struct lite_pop *p)
{
	struct mb_broker *b = p->b;

	if (is_late(p))
		mb_pop_refuse(&p->ticket, RMQI_RESP_POLLING_TIMEOUT,
			      "the broker[%s] pop message is timeout too much", b->ip);
	else if (!mb_broker_can(b, RMQI_PERM_READ))
		mb_pop_refuse(&p->ticket, RMQI_RESP_NO_PERMISSION,
			      "the broker[%s] pop message is forbidden", b->ip);
	else if (p->h->maxMsgNum > MB_POP_MAX || p->h->maxMsgNum < 0)
		mb_pop_refuse(&p->ticket, RMQI_RESP_INVALID_PARAMETER,
			      "the broker[%s] pop message's num is greater than 32", b->ip);
	else
		return true;
	return false;
}

static bool check_bound(const struct lite_pop *p, const struct mb_group *group)
{
	if (group->lite.bind_topic && rmqi_str_is(p->h->topic, group->lite.bind_topic))
		return true;
	mb_pop_refuse(&p->ticket, RMQI_RESP_INVALID_PARAMETER,
		      "subscription bind topic not match, %.*s",
		      RMQI_STR_ARG(p->h->consumerGroup));
	return false;
}

static bool check_topic(const struct lite_pop *p)
{
	const struct mb_topic *topic = mb_topic_find(p->b, p->h->topic);

	/* What is unknown or not readable is told by who looks at group and topic. */
	if (!topic || !(topic->config.perm & RMQI_PERM_READ) || topic->is_lite)
		return true;
	mb_pop_refuse(&p->ticket, RMQI_RESP_INVALID_PARAMETER,
		      "the topic [%.*s] message type not match", RMQI_STR_ARG(p->h->topic));
	return false;
}

static bool check(const struct lite_pop *p)
{
	const struct mb_pop_request r = {
		.topic = p->h->topic,
		.group = p->h->consumerGroup,
		.queue_id = -1,
		.what = "pop message",
	};
	const struct mb_topic *topic;
	const struct mb_group *group;

	return mb_pop_check_role(p->b, &p->ticket) && check_itself(p) && check_topic(p) &&
	       mb_pop_check_place(p->b, &p->ticket, &r, &topic, &group) && check_bound(p, group);
}

static void process(struct lite_pop *p)
{
	struct mb_lite_client *c = mb_lite_client_find(p->b, p->h->clientId);
	int32_t code;

	if (!check(p))
		return;
	p->count = 0;
	p->pop_ms = mb_broker_wall_ms(p->b);
	rmqi_buf_reset(&p->b->lites.times);
	if (c && rmqi_str_is(p->h->consumerGroup, c->group) &&
	    rmqi_str_is(p->h->topic, c->parent)) {
		c->fetched_ms = mb_broker_now_ms(p->b);
		read_events(p, c);
	}
	if (p->count > 0) {
		reply(p, RMQI_RESP_SUCCESS, "FOUND");
		return;
	}
	code = park(p);
	if (code != 0)
		reply(p, code, "NO_MESSAGE_IN_QUEUE");
}

static void pop_lite_message(void *arg, struct mb_request *r)
{
	struct rmqi_h_pop_lite_message h = *(const struct rmqi_h_pop_lite_message *)r->header;
	struct lite_pop p = {.b = arg, .ticket = r->ticket, .h = &h};

	if (h.bornTime == 0)
		h.bornTime = mb_broker_client_ms(p.b);
	process(&p);
}

const struct mb_handler mb_lite_handlers[] = {
	{RMQI_REQ_POP_LITE_MESSAGE, pop_lite_message},
	{0, NULL},
};
