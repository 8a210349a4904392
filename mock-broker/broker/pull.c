/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/pull.h"

#include "base/mem.h"
#include "mock-broker/broker/internal.h"

enum { COMMIT_OFFSET = 1, SUSPEND = 2 }; /* PullSysFlag.java */

/* A pull that waits: what it needs to be processed once more. */
struct held {
	struct mb_parked parked;
	struct mb_broker *b;
	struct mb_ticket ticket;          /* holds a ref on the connection */
	struct rmqi_h_pull_message h;     /* its texts point into `texts` */
	struct rmqi_subscription *filter; /* owned; NULL: everything */
	char texts[];
};

static void process(struct mb_pull *p, bool may_suspend);

static bool match_code(const struct mb_filter *f, int64_t tags_code)
{
	return rmqi_subscription_matches_code(f->arg, tags_code);
}

static void get(const struct mb_pull *p, struct mb_get_result *got)
{
	const struct rmqi_h_pull_message *h = p->h;
	const struct mb_filter filter = {.match_code = match_code, .arg = p->filter};
	int64_t most = p->b->config->max_transfer_count;
	struct mb_get_limits limits = {
		.max_messages = h->maxMsgNums < most ? h->maxMsgNums : (int32_t)most,
		.max_bytes = (size_t)p->b->config->max_transfer_bytes,
	};

	if (limits.max_messages < 1)
		limits.max_messages = 1;
	mb_store_get(p->b->store, h->topic, h->queueId, h->queueOffset, &limits,
		     p->filter ? &filter : NULL, got);
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

static void reply(const struct mb_pull *p, int32_t code, const char *remark,
		  const struct mb_get_result *got)
{
	struct rmqi_h_pull_message_response h = {
		.suggestWhichBrokerId = 0, /* slaveReadEnable is false */
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

	RMQI_SET(&h, pull_message_response, topicSysFlag, p->topic->config.topic_sys_flag);
	RMQI_SET(&h, pull_message_response, groupSysFlag, p->group->group_sys_flag);
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
	got->min_offset = mb_store_min_offset(p->b->store, h->topic, h->queueId);
	got->max_offset = mb_store_max_offset(p->b->store, h->topic, h->queueId);
	row->reset = MB_NO_OFFSET;
	reply(p, RMQI_RESP_PULL_OFFSET_MOVED, "OFFSET_RESET", got);
	return true;
}

/* --- Waiting ------------------------------------------------------------------------------ */

static void held_free(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);

	rmqi_subscription_free(held->filter);
	rmqi_conn_unref(held->ticket.conn);
	rmqi_free(held);
}

static void held_resume(struct mb_parked *parked)
{
	struct held *held = RMQI_CONTAINER(parked, struct held, parked);
	struct mb_pull p = {.b = held->b, .ticket = held->ticket, .h = &held->h};

	process(&p, false);
	rmqi_subscription_free(p.given);
	held_free(parked);
}

static bool held_wants(struct mb_parked *parked, const struct mb_arrival *a)
{
	const struct held *held = RMQI_CONTAINER(parked, struct held, parked);

	return !held->filter || rmqi_subscription_matches_code(held->filter, a->tags_code);
}

static struct rmqi_str keep(char **at, struct rmqi_str text)
{
	struct rmqi_str copy = rmqi_str_n(*at, text.len);

	rmqi_memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

static struct held *held_new(const struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;
	struct held *held = rmqi_alloc(sizeof(*held) + h->consumerGroup.len + h->topic.len +
				       h->subscription.len + h->expressionType.len);
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
	held->h.consumerGroup = keep(&at, h->consumerGroup);
	held->h.topic = keep(&at, h->topic);
	held->h.subscription = keep(&at, h->subscription);
	held->h.expressionType = keep(&at, h->expressionType);
	held->h.bname = (struct rmqi_str){0};
	held->h.proxyFrowardClientId = (struct rmqi_str){0};
	held->filter = NULL;
	/* The filter in force; a group's own may change meanwhile. */
	if (p->filter && rmqi_subscription_dup(p->filter, &held->filter) != RMQ_OK) {
		rmqi_free(held);
		return NULL;
	}
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
	if (mb_holds_park(p->b, &held->parked, h->topic, h->queueId, &peer->parked, timeout_ms) ==
	    RMQ_OK)
		return true;
	held_free(&held->parked);
	return false;
}

/* --- The way ------------------------------------------------------------------------------ */

static void process(struct mb_pull *p, bool may_suspend)
{
	struct mb_broker *b = p->b;
	const struct rmqi_h_pull_message *h = p->h;
	struct mb_get_result *got = &b->got;
	int32_t code;

	if (!mb_pull_check(p) || take_reset(p))
		return;
	get(p, got);
	if (got->status == MB_GET_NO_MATCHED_LOGIC_QUEUE)
		got->status =
			MB_GET_NO_MESSAGE_IN_QUEUE; /* Java makes the queue when it is asked */
	code = code_of(got->status, h->queueOffset);
	if (code != RMQI_RESP_PULL_NOT_FOUND || !may_suspend || !park(p))
		reply(p, code, mb_get_status_name(got->status), got);
	mb_offsets_pulled(b, h->topic, h->consumerGroup, h->queueId, got->next_begin_offset);
	if (may_suspend && (h->sysFlag & COMMIT_OFFSET) &&
	    mb_offsets_commit(b, h->topic, h->consumerGroup, h->queueId, h->commitOffset) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %s is lost: no memory",
			 p->group->name);
}

static void pull_message(void *arg, struct mb_request *r)
{
	struct mb_pull p = {.b = arg, .ticket = r->ticket, .h = r->header};

	process(&p, true);
	rmqi_subscription_free(p.given);
}

const struct mb_handler mb_pull_handlers[] = {
	{RMQI_REQ_PULL_MESSAGE, pull_message},
	{RMQI_REQ_LITE_PULL_MESSAGE, pull_message},
	{0, NULL},
};
