/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/pull.h"

#include <unistd.h>

#include "base/mem.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/store/big_endian.h"

enum { COMMIT_OFFSET = 1, SUSPEND = 2 }; /* PullSysFlag.java */

/* A pull that waits: what it needs to be processed once more. */
struct held {
	struct mb_parked parked;
	struct mb_broker *b;
	struct mb_ticket ticket;      /* holds a ref on the connection */
	struct rmqi_h_pull_message h; /* its texts point into `texts` */
	bool is_static;
	struct mb_message_filter filter;
	struct rmqi_subscription *subscription; /* of the filter; owned */
	char texts[];
};

static void process(struct mb_pull *p, bool may_suspend);

/* Whose queue is read. */
static struct rmqi_str source(const struct mb_pull *p)
{
	return p->is_light ? rmqi_str(p->light) : p->h->topic;
}

static void get(const struct mb_pull *p, struct mb_get_result *got)
{
	const struct rmqi_h_pull_message *h = p->h;
	struct mb_filter room;
	int64_t most = p->b->config->max_transfer_count;
	struct mb_get_limits limits = {
		.max_messages = h->maxMsgNums < most ? h->maxMsgNums : (int32_t)most,
		.max_bytes = (size_t)p->b->config->max_transfer_bytes,
	};

	if (limits.max_messages < 1)
		limits.max_messages = 1;
	mb_store_get(p->b->store, source(p), h->queueId, h->queueOffset, &limits,
		     mb_message_filter_of(&p->filter, &room), got);
}

/* PullMessageProcessor.composeResponseHeader */
static int32_t code_of(enum mb_get_status status, int64_t offset)
{
	switch (status) {
	case MB_GET_FOUND:
		return RMQI_RESP_SUCCESS;
	case MB_GET_NO_MATCHED_MESSAGE:
	case MB_GET_MESSAGE_WAS_REMOVING:
		return RMQI_RESP_PULL_RETRY_IMMEDIATELY;
	case MB_GET_OFFSET_FOUND_NULL:
	case MB_GET_OFFSET_OVERFLOW_ONE:
		return RMQI_RESP_PULL_NOT_FOUND;
	case MB_GET_OFFSET_OVERFLOW_BADLY:
	case MB_GET_OFFSET_TOO_SMALL:
		return RMQI_RESP_PULL_OFFSET_MOVED;
	case MB_GET_NO_MATCHED_LOGIC_QUEUE:
	case MB_GET_NO_MESSAGE_IN_QUEUE:
		return offset == 0 ? RMQI_RESP_PULL_NOT_FOUND : RMQI_RESP_PULL_OFFSET_MOVED;
	}
	return RMQI_RESP_SYSTEM_ERROR;
}

/* PullMessageProcessor.rewriteResponseForStaticTopic, for a queue that is mapped once: the end of the queue
 * is waited at from beyond, too. */
static int32_t static_code(int32_t code, int64_t offset, struct mb_get_result *got)
{
	if (code == RMQI_RESP_SUCCESS)
		return code;
	if (offset < got->min_offset) {
		got->next_begin_offset = got->min_offset;
		return RMQI_RESP_PULL_OFFSET_MOVED;
	}
	if (offset < got->max_offset)
		return code;
	if (code == RMQI_RESP_PULL_OFFSET_MOVED && offset > got->max_offset)
		got->next_begin_offset = got->max_offset;
	return RMQI_RESP_PULL_NOT_FOUND;
}

/* DefaultMessageStore.getMessage: what is further behind than memory may hold is read from a disk. */
static bool is_far_behind(const struct mb_pull *p, const struct mb_get_result *got)
{
	struct mb_broker *b = p->b;
	int64_t memory, last;

	if (!b->config->slave_read || got->count == 0)
		return false;
	memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	last = mb_get_i64(got->records[got->count - 1].ptr + RMQI_MESSAGE_AT_PHYSICAL_OFFSET);
	return mb_store_max_physical_offset(b->store) - last >
	       memory / 100 * b->config->memory_ratio;
}

/* Which broker of the group the next pull goes to. */
static int64_t suggested(const struct mb_pull *p, const struct mb_get_result *got)
{
	if (!p->b->config->slave_read)
		return 0;
	return is_far_behind(p, got) ? p->group->slow_broker_id : p->group->broker_id;
}

/* A slave may lack what its master has: without offsetCheckInSlave it says nothing of offsets
 * (nextOffsetCorrection, DefaultPullMessageResultHandler). */
static int32_t slave_code(const struct mb_pull *p, int32_t code, struct mb_get_result *got)
{
	if (!mb_ha_is_slave(&p->b->ha) || p->b->config->offset_check_in_slave)
		return code;
	if (code == RMQI_RESP_PULL_OFFSET_MOVED || code == RMQI_RESP_PULL_NOT_FOUND)
		got->next_begin_offset = p->h->queueOffset;
	return code == RMQI_RESP_PULL_OFFSET_MOVED ? RMQI_RESP_PULL_RETRY_IMMEDIATELY : code;
}

static void reply(const struct mb_pull *p, int32_t code, const char *remark,
		  const struct mb_get_result *got)
{
	struct rmqi_h_pull_message_response h = {
		.suggestWhichBrokerId = suggested(p, got),
		.nextBeginOffset = got->next_begin_offset,
		.minOffset = got->min_offset,
		.maxOffset = got->max_offset,
	};
	struct rmqi_outgoing response = {.code = code,
					 .remark = rmqi_str(remark),
					 .desc = &rmqi_desc_pull_message_response,
					 .header = &h,
					 .body = got->records,
					 .body_count = got->count};

	if (p->is_static)
		RMQI_SET(&h, pull_message_response, offsetDelta, 0);
	if (p->b->config->release >= MB_RELEASE_5_3) {
		RMQI_SET(&h, pull_message_response, topicSysFlag, p->topic->config.topic_sys_flag);
		RMQI_SET(&h, pull_message_response, groupSysFlag, p->group->group_sys_flag);
	}
	mb_figures_got(p->b, p->h->topic, p->h->consumerGroup, got->count);
	p->b->get_count += got->count;
	mb_answer(&p->ticket, &response);
}

/* useServerSideResetOffset: a reset that was asked for goes first, once. */
static bool take_reset(const struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;
	struct mb_queue_offsets *row =
		mb_offsets_find(&p->b->offsets, h->topic, h->consumerGroup, h->queueId);
	struct mb_get_result *got = &p->b->got;

	if (!row || row->reset == MB_NO_OFFSET)
		return false;
	got->count = 0;
	got->next_begin_offset = row->reset;
	got->min_offset = mb_store_min_offset(p->b->store, source(p), h->queueId);
	got->max_offset = mb_store_max_offset(p->b->store, source(p), h->queueId);
	row->reset = MB_NO_OFFSET;
	reply(p, RMQI_RESP_PULL_OFFSET_MOVED, "OFFSET_RESET", got);
	return true;
}

/* --- Waiting ------------------------------------------------------------------------------ */

static void held_free(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);

	rmqi_subscription_free(held->subscription);
	mb_expression_unref(held->filter.expression);
	rmqi_conn_unref(held->ticket.conn);
	rmqi_free(held);
}

static void held_resume(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);
	struct mb_pull p = {
		.b = held->b, .ticket = held->ticket, .h = &held->h, .is_static = held->is_static};

	process(&p, false);
	mb_pull_deinit(&p);
	held_free(parked);
}

static bool held_wants(struct mb_parked *parked, const struct mb_arrival *a)
{
	const struct held *held = RMQI_CONTAINER(parked, struct held, parked);

	return mb_message_filter_wants(&held->filter, a);
}

static struct held *held_new(const struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;
	struct held *held = rmqi_alloc(sizeof(*held) + h->consumerGroup.len + h->topic.len +
				       h->subscription.len + h->expressionType.len +
				       h->liteTopic.len);
	char *at;

	if (!held)
		return NULL;
	at = held->texts;
	held->parked = (struct mb_parked){.resume = held_resume,
					  .drop = held_free,
					  .wants = held_wants,
					  .offset = h->queueOffset};
	held->b = p->b;
	held->ticket = p->ticket;
	held->h = *h;
	held->is_static = p->is_static;
	held->h.consumerGroup = mb_parked_text(&at, h->consumerGroup);
	held->h.topic = mb_parked_text(&at, h->topic);
	held->h.subscription = mb_parked_text(&at, h->subscription);
	held->h.expressionType = mb_parked_text(&at, h->expressionType);
	held->h.liteTopic = mb_parked_text(&at, h->liteTopic);
	held->h.bname = (struct rmqi_str){0};
	held->h.proxyFrowardClientId = (struct rmqi_str){0};
	held->subscription = NULL;
	/* The filter in force; a group's own may change meanwhile. */
	if (p->filter.subscription &&
	    rmqi_subscription_dup(p->filter.subscription, &held->subscription) != RMQ_OK) {
		rmqi_free(held);
		return NULL;
	}
	held->filter.subscription = held->subscription;
	held->filter.expression =
		p->filter.expression ? mb_expression_ref(p->filter.expression) : NULL;
	rmqi_conn_ref(held->ticket.conn);
	return held;
}

/* True when the pull now waits. */
static bool park(const struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;
	struct mb_peer *peer = rmqi_conn_user(p->ticket.conn);
	int64_t timeout_ms = p->b->config->long_polling ? h->suspendTimeoutMillis
							: p->b->config->short_polling_ms;
	struct held *held;

	if (!(h->sysFlag & SUSPEND) || !peer || p->b->is_stopping)
		return false;
	held = held_new(p);
	if (!held)
		return false;
	if (mb_holds_park(p->b, &held->parked, source(p), h->queueId, &peer->parked, timeout_ms) ==
	    RMQ_OK)
		return true;
	held_free(&held->parked);
	return false;
}

/* --- The way ------------------------------------------------------------------------------ */

/* liteTopic of 5.5: all checks are those of the parent. */
static void name_source(struct mb_pull *p)
{
	p->is_light = p->h->liteTopic.len > 0 && p->b->config->release >= MB_RELEASE_5_5;
	if (p->is_light)
		rmqi_lite_queue_name(p->h->topic, p->h->liteTopic, p->light);
}

static void process(struct mb_pull *p, bool may_suspend)
{
	struct mb_broker *b = p->b;
	const struct rmqi_h_pull_message *h;
	struct mb_get_result *got = &b->got;
	int32_t code;

	if (!mb_pull_check(p))
		return;
	name_source(p);
	if (take_reset(p))
		return;
	h = p->h;
	get(p, got);
	if (got->status == MB_GET_NO_MATCHED_LOGIC_QUEUE)
		got->status =
			MB_GET_NO_MESSAGE_IN_QUEUE; /* Java makes the queue when it is asked */
	code = slave_code(p, code_of(got->status, h->queueOffset), got);
	if (p->is_static)
		code = static_code(code, h->queueOffset, got);
	if (code != RMQI_RESP_PULL_NOT_FOUND || !may_suspend || !park(p))
		reply(p, code,
		      p->is_static && code != RMQI_RESP_SUCCESS ? NULL
								: mb_get_status_name(got->status),
		      got);
	mb_offsets_pulled(b, h->topic, h->consumerGroup, h->queueId, got->next_begin_offset);
	if (may_suspend && (h->sysFlag & COMMIT_OFFSET) &&
	    mb_offsets_commit(b, h->topic, h->consumerGroup, h->queueId, h->commitOffset) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %s is lost: no memory",
			 p->group->name);
}

static void pull_message(void *arg, struct mb_request *r)
{
	struct mb_pull p = {.b = arg, .ticket = r->ticket, .command = r->command, .h = r->header};

	/* PullMessageProcessor.rejectRequest */
	if (mb_ha_is_slave(&p.b->ha) && !p.b->config->slave_read) {
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_BUSY,
				"[REJECTREQUEST]system busy, start flow control for a while");
		return;
	}
	process(&p, true);
	mb_pull_deinit(&p);
}

const struct mb_handler mb_pull_handlers[] = {
	{RMQI_REQ_PULL_MESSAGE, pull_message},
	{RMQI_REQ_LITE_PULL_MESSAGE, pull_message},
	{0, NULL},
};
