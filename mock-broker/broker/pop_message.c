/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_message.c - POP_MESSAGE: its checks, its answer, and how it waits.
 */
#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop.h"
#include "mock-broker/broker/pop_wait.h"

enum { LATE_MS = 500 }; /* PopMessageRequestHeader.isTimeoutTooMuch */

/* A pop that waits: what it needs to be processed once more. */
struct held {
	struct mb_parked parked;
	struct mb_broker *b;
	struct mb_ticket ticket;                /* holds a ref on the connection */
	struct rmqi_h_pop_message h;            /* its texts point into `texts` */
	struct rmqi_subscription *subscription; /* as in struct mb_pop, and the next */
	struct mb_expression *expression;
	char texts[];
};

static void process(struct mb_pop *p);

static void pop_deinit(struct mb_pop *p)
{
	rmqi_subscription_free(p->subscription);
	mb_expression_unref(p->expression);
}

/* --- Waiting ------------------------------------------------------------------------------------- */

static void held_free(struct held *held)
{
	mb_pop_unparked(held->b);
	rmqi_subscription_free(held->subscription);
	mb_expression_unref(held->expression);
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
	struct mb_pop p = {.b = held->b,
			   .ticket = held->ticket,
			   .h = &held->h,
			   .subscription = held->subscription,
			   .expression = held->expression};

	held->subscription = NULL;
	held->expression = NULL;
	process(&p);
	pop_deinit(&p);
	held_free(held);
}

static bool held_wants(struct mb_parked *parked, const struct mb_arrival *a)
{
	const struct held *held = RMQI_CONTAINER(parked, struct held, parked);
	const struct mb_message_filter filter = {.subscription = held->subscription,
						 .expression = held->expression};

	return mb_message_filter_wants(&filter, a);
}

static struct mb_parked *held_new(const void *arg)
{
	const struct mb_pop *p = arg;
	const struct rmqi_h_pop_message *h = p->h;
	struct held *held = rmqi_alloc(sizeof(*held) + h->consumerGroup.len + h->topic.len +
				       h->exp.len + h->expType.len + h->attemptId.len);
	char *at;

	if (!held)
		return NULL;
	at = held->texts;
	held->parked =
		(struct mb_parked){.resume = held_resume, .drop = held_drop, .wants = held_wants};
	held->b = p->b;
	held->ticket = p->ticket;
	held->h = *h;
	held->h.consumerGroup = mb_parked_text(&at, h->consumerGroup);
	held->h.topic = mb_parked_text(&at, h->topic);
	held->h.exp = mb_parked_text(&at, h->exp);
	held->h.expType = mb_parked_text(&at, h->expType);
	held->h.attemptId = mb_parked_text(&at, h->attemptId);
	held->h.bname = (struct rmqi_str){0};
	held->subscription = NULL;
	if (p->subscription &&
	    rmqi_subscription_dup(p->subscription, &held->subscription) != RMQ_OK) {
		rmqi_free(held);
		return NULL;
	}
	held->expression = p->expression ? mb_expression_ref(p->expression) : NULL;
	rmqi_conn_ref(held->ticket.conn);
	return &held->parked;
}

/* --- The answer ---------------------------------------------------------------------------------- */

static struct rmqi_str list_text(const struct rmqi_buf *list)
{
	return rmqi_cursor_str(rmqi_buf_cursor(list));
}

/* The buffer has moved while it grew: from now on its messages are where they are. */
static void place_recoded(struct mb_pop *p)
{
	struct rmqi_cursor all = rmqi_buf_cursor(&p->b->pops.recoded);

	for (size_t i = 0; i < p->count; i++)
		if (p->is_recoded[i] && !rmqi_cursor_take(&all, p->records[i].len, &p->records[i]))
			p->records[i].len = 0;
}

static void reply(struct mb_pop *p, int32_t code, const char *remark)
{
	struct mb_pops *pops = &p->b->pops;
	struct rmqi_h_pop_message_response h = {
		.popTime = p->pop_ms,
		.invisibleTime = p->h->invisibleTime,
		.reviveQid = p->revive_queue,
		.restNum = p->rest,
	};
	struct rmqi_outgoing response = {.code = code,
					 .remark = rmqi_str(remark),
					 .desc = &rmqi_desc_pop_message_response,
					 .header = &h,
					 .body = p->records,
					 .body_count = p->count};

	place_recoded(p);
	RMQI_SET(&h, pop_message_response, startOffsetInfo, list_text(&pops->starts));
	RMQI_SET(&h, pop_message_response, msgOffsetInfo, list_text(&pops->offsets));
	if (p->h->order)
		RMQI_SET(&h, pop_message_response, orderCountInfo, list_text(&pops->orders));
	p->b->get_count += p->count;
	mb_answer(&p->ticket, &response);
}

/* Someone else of the group may take what is left. */
static void wake_next(const struct mb_pop *p)
{
	const struct rmqi_h_pop_message *h = p->h;

	if (p->rest > 0 && h->maxMsgNums > 0)
		mb_pop_wake(p->b, h->topic, h->consumerGroup,
			    h->queueId < 0 ? MB_POP_ALL_QUEUES : h->queueId);
}

static void wait_or_reply(struct mb_pop *p)
{
	const struct mb_pop_waiter w = {
		.topic = p->h->topic,
		.group = p->h->consumerGroup,
		.queue_id = p->h->queueId,
		.born_ms = p->h->bornTime,
		.poll_ms = p->h->pollTime,
		.kind = MB_WAIT_POP,
	};

	switch (mb_pop_park(p->b, &p->ticket, &w, held_new, p)) {
	case MB_PARKED:
		wake_next(p);
		break;
	case MB_PARKING_FULL:
		reply(p, RMQI_RESP_POLLING_FULL, "NO_MESSAGE_IN_QUEUE");
		break;
	case MB_PARKING_OFF:
	case MB_PARKING_OVER:
		reply(p, RMQI_RESP_POLLING_TIMEOUT, "NO_MESSAGE_IN_QUEUE");
		break;
	}
}

/* --- The way ------------------------------------------------------------------------------------- */

static bool is_late(const struct mb_pop *p)
{
	int64_t late;

	return !__builtin_sub_overflow(mb_broker_client_ms(p->b), p->h->bornTime, &late) &&
	       !__builtin_sub_overflow(late, p->h->pollTime, &late) && late > LATE_MS;
}

static bool check_itself(const struct mb_pop *p)
{
	struct mb_broker *b = p->b;

	if (is_late(p))
		mb_pop_refuse(&p->ticket, RMQI_RESP_POLLING_TIMEOUT,
			      "the broker[%s] pop message is timeout too much", b->ip);
	else if (!mb_broker_can(b, RMQI_PERM_READ))
		mb_pop_refuse(&p->ticket, RMQI_RESP_NO_PERMISSION,
			      "the broker[%s] pop message is forbidden", b->ip);
	else if (p->h->maxMsgNums > MB_POP_MAX)
		mb_pop_refuse(&p->ticket, RMQI_RESP_INVALID_PARAMETER,
			      "the broker[%s] pop message's num is greater than 32", b->ip);
	else if (!b->config->timer_wheel)
		mb_pop_refuse(&p->ticket, RMQI_RESP_SYSTEM_ERROR,
			      "the broker[%s] pop message is forbidden because "
			      "timerWheelEnable is false",
			      b->ip);
	else
		return true;
	return false;
}

static bool is_all(struct rmqi_str expression)
{
	return expression.len == 0 || rmqi_str_is(expression, "*");
}

/* FilterAPI.build, ConsumerFilterManager.build: what cannot be compiled is refused. */
static enum rmq_error parse_filter(struct mb_pop *p, bool is_tag)
{
	const struct rmqi_h_pop_message *h = p->h;
	enum rmq_error err =
		rmqi_subscription_new(h->topic, h->exp, h->expType, 0, &p->subscription);

	return err != RMQ_OK || is_tag
		       ? err
		       : mb_filter_compile(p->subscription->expression_type,
					   p->subscription->sub_string, &p->expression, NULL);
}

/* The filter of the request; it is parsed once. SQL92 needs no enablePropertyFilter here: that rules pulls. */
static bool take_filter(struct mb_pop *p)
{
	const struct rmqi_h_pop_message *h = p->h;
	bool is_tag = h->expType.len == 0 || rmqi_str_is(h->expType, "TAG");

	if (p->subscription || (is_tag && is_all(h->exp)) || h->exp.len == 0 ||
	    parse_filter(p, is_tag) == RMQ_OK)
		return true;
	mb_pop_refuse(&p->ticket, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED,
		      "parse the consumer's subscription failed");
	return false;
}

/* GetMessageResult makes a list of so many. */
static bool check_count(const struct mb_pop *p)
{
	if (p->h->maxMsgNums >= 0)
		return true;
	mb_answer_error(&p->ticket, RMQI_RESP_SYSTEM_ERROR,
			"java.lang.IllegalArgumentException: Illegal Capacity: %d",
			(int)p->h->maxMsgNums);
	return false;
}

static void process(struct mb_pop *p)
{
	const struct mb_pop_request r = {
		.topic = p->h->topic,
		.group = p->h->consumerGroup,
		.queue_id = p->h->queueId,
		.what = "pop message",
	};

	if (!mb_pop_check_role(p->b, &p->ticket) || !check_itself(p) || !mb_pop_check_place(p->b, &p->ticket, &r, &p->topic, &p->group) ||
	    !take_filter(p) || !check_count(p))
		return;
	mb_pop_read(p);
	if (p->count == 0) {
		wait_or_reply(p);
		return;
	}
	reply(p, RMQI_RESP_SUCCESS, "FOUND");
	wake_next(p);
}

static void pop_message(void *arg, struct mb_request *r)
{
	struct rmqi_h_pop_message h = *(const struct rmqi_h_pop_message *)r->header;
	struct mb_pop p = {.b = arg, .ticket = r->ticket, .h = &h};

	if (h.bornTime == 0)
		h.bornTime = mb_broker_client_ms(p.b);
	process(&p);
	pop_deinit(&p);
}

const struct mb_handler mb_pop_handlers[] = {
	{RMQI_REQ_POP_MESSAGE, pop_message},
	{0, NULL},
};
