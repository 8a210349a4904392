/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/pull.h"

#include "mock-broker/broker/internal.h"

/* PullSysFlag.java */
enum { COMMIT_OFFSET = 1, SUSPEND = 2, SUBSCRIPTION = 4, CLASS_FILTER = 8, LITE_PULL = 16 };

/* ForbiddenType.java */
enum forbidden {
	FORBIDDEN_BROKER = 1,
	FORBIDDEN_GROUP = 2,
	FORBIDDEN_TOPIC = 3,
	FORBIDDEN_BROADCAST = 4
};

/* A pull on its way through the checks. */
struct attempt {
	struct mb_broker *b;
	struct mb_pull *pull;
	struct mb_group *group;
	struct mb_topic *topic;
	const struct rmqi_subscription *filter; /* NULL: everything */
};

/* 16 with the kind of prohibition in the header; `what` is followed by `name` and `rest`. */
static bool forbid(const struct attempt *a, enum forbidden type, const char *what,
		   struct rmqi_str name, const char *rest)
{
	struct rmqi_ext ext = {RMQI_STR("forbiddenType"), {0}};
	struct rmqi_outgoing response = {
		.code = RMQI_RESP_NO_PERMISSION, .extra = &ext, .extra_count = 1};
	struct rmqi_buf remark;
	const char digit[] = {(char)('0' + type)};

	rmqi_buf_init(&remark, MB_REMARK_MAX);
	rmqi_buf_addf(&remark, "%s%.*s%s", what, RMQI_STR_ARG(name), rest);
	ext.value = rmqi_str_n(digit, 1);
	response.remark = rmqi_cursor_str(rmqi_buf_cursor(&remark));
	mb_answer(&a->pull->ticket, &response);
	rmqi_buf_deinit(&remark);
	return false;
}

/* broker.md 6.2, 1 - 4 */
static bool check_broker_and_group(struct attempt *a)
{
	const struct mb_ticket *t = &a->pull->ticket;
	struct rmqi_str group = a->pull->h.consumerGroup;
	struct rmqi_str ip = rmqi_str(a->b->ip);

	if (!mb_broker_can(a->b, RMQI_PERM_READ))
		return forbid(a, FORBIDDEN_BROKER, "the broker[", ip,
			      "] pulling message is forbidden");
	if (a->pull->code == RMQI_REQ_LITE_PULL_MESSAGE && !a->b->config->lite_pull)
		return forbid(a, FORBIDDEN_BROKER, "the broker[", ip,
			      "] for lite pull consumer is forbidden");
	a->group = mb_group_get(a->b, group);
	if (!a->group) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"subscription group [%.*s] does not exist, %s", RMQI_STR_ARG(group),
				MB_FAQ);
		return false;
	}
	if (!a->group->consume_enable)
		return forbid(a, FORBIDDEN_GROUP, "subscription group no permission, ", group, "");
	return true;
}

/* broker.md 6.2, 5 - 8 */
static bool check_topic(struct attempt *a)
{
	const struct mb_ticket *t = &a->pull->ticket;
	const struct rmqi_h_pull_message *h = &a->pull->h;

	a->topic = mb_topic_find(a->b, h->topic);
	if (!a->topic) {
		mb_answer_error(t, RMQI_RESP_TOPIC_NOT_EXIST,
				"topic[%.*s] not exist, apply first please! %s",
				RMQI_STR_ARG(h->topic), MB_FAQ);
		return false;
	}
	if (!(a->topic->config.perm & RMQI_PERM_READ))
		return forbid(a, FORBIDDEN_TOPIC, "the topic[", h->topic,
			      "] pulling message is forbidden");
	if (h->queueId < 0 || h->queueId >= a->topic->config.read_queue_nums) {
		mb_answer_error(
			t, RMQI_RESP_INVALID_PARAMETER,
			"queueId[%d] is illegal, topic:[%.*s] topicConfig.readQueueNums:[%d] "
			"consumer:[%s]",
			(int)h->queueId, RMQI_STR_ARG(h->topic),
			(int)a->topic->config.read_queue_nums, rmqi_conn_peer_text(t->conn));
		return false;
	}
	return true;
}

static bool is_all(struct rmqi_str expression)
{
	return expression.len == 0 || rmqi_str_is(expression, "*");
}

static bool is_tag_type(struct rmqi_str type)
{
	return type.len == 0 || rmqi_str_is(type, "TAG");
}

static bool refuse_sql(const struct attempt *a)
{
	mb_answer_error(&a->pull->ticket, RMQI_RESP_SYSTEM_ERROR,
			"The broker does not support consumer to filter message by SQL92");
	return false;
}

/* 9a: the subscription stands in the request. The filter is then owned by the pull. */
static bool take_given_filter(struct attempt *a)
{
	const struct rmqi_h_pull_message *h = &a->pull->h;

	if (is_tag_type(h->expressionType) && is_all(h->subscription))
		return true;
	if (!a->pull->filter && rmqi_subscription_new(h->topic, h->subscription, h->expressionType,
						      h->subVersion, &a->pull->filter) != RMQ_OK) {
		mb_answer_error(&a->pull->ticket, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED,
				"parse the consumer's subscription failed");
		return false;
	}
	if (!is_tag_type(h->expressionType))
		return refuse_sql(a);
	a->filter = a->pull->filter;
	return true;
}

/* 9b: that of the group's heart-beats counts. */
static bool take_group_filter(struct attempt *a)
{
	const struct mb_ticket *t = &a->pull->ticket;
	const struct rmqi_h_pull_message *h = &a->pull->h;
	const struct mb_client_group *g = mb_consumers_find(a->b, h->consumerGroup);
	const struct rmqi_subscription *s;

	if (!g) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				"the consumer's group info not exist%s", MB_FAQ);
		return false;
	}
	if (g->is_broadcasting && !a->group->consume_broadcast_enable)
		return forbid(a, FORBIDDEN_BROADCAST, "the consumer group[", h->consumerGroup,
			      "] can not consume by broadcast way");
	s = rmqi_map_get(&g->subscriptions, h->topic);
	if (!s) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				"the consumer's subscription not exist%s", MB_FAQ);
		return false;
	}
	if (s->sub_version < h->subVersion) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_NOT_LATEST,
				"the consumer's subscription not latest");
		return false;
	}
	if (s->expression_type && !is_tag_type(rmqi_str(s->expression_type)))
		return refuse_sql(a);
	if (!is_all(rmqi_str(s->sub_string)))
		a->filter = s;
	return true;
}

/* 11 */
static bool check_registered(struct attempt *a)
{
	const struct mb_client_group *g;
	const struct mb_peer *peer = rmqi_conn_user(a->pull->ticket.conn);

	if (!a->b->config->reject_pull_consumer)
		return true;
	g = mb_consumers_find(a->b, a->pull->h.consumerGroup);
	if (g && peer && mb_channel_find(g, peer))
		return true;
	mb_answer_error(&a->pull->ticket, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
			"the consumer's group info not exist, or the pull consumer is rejected by "
			"server.%s",
			MB_FAQ);
	return false;
}

static bool match_code(const struct mb_filter *f, int64_t tags_code)
{
	return rmqi_subscription_matches_code(f->arg, tags_code);
}

static void get(const struct attempt *a, struct mb_get_result *got)
{
	const struct rmqi_h_pull_message *h = &a->pull->h;
	const struct mb_filter filter = {.match_code = match_code, .arg = a->filter};
	int64_t most = a->b->config->max_transfer_count;
	struct mb_get_limits limits = {
		.max_messages = h->maxMsgNums < most ? h->maxMsgNums : (int32_t)most,
		.max_bytes = (size_t)a->b->config->max_transfer_bytes,
	};

	if (limits.max_messages < 1)
		limits.max_messages = 1;
	mb_store_get(a->b->store, h->topic, h->queueId, h->queueOffset, &limits,
		     a->filter ? &filter : NULL, got);
}

/* broker.md 6.3 */
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

static void reply(const struct attempt *a, int32_t code, const char *remark,
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

	RMQI_SET(&h, pull_message_response, topicSysFlag, a->topic->config.topic_sys_flag);
	RMQI_SET(&h, pull_message_response, groupSysFlag, a->group->group_sys_flag);
	a->b->get_count += got->count;
	mb_answer(&a->pull->ticket, &response);
}

/* 12: a reset that was asked for goes first, once. */
static bool take_reset(const struct attempt *a)
{
	const struct rmqi_h_pull_message *h = &a->pull->h;
	struct mb_queue_offsets *row =
		mb_offsets_find(&a->b->offsets, h->topic, h->consumerGroup, h->queueId);
	struct mb_get_result *got = &a->b->got;

	if (!row || row->reset == MB_NO_OFFSET)
		return false;
	got->count = 0;
	got->next_begin_offset = row->reset;
	got->min_offset = mb_store_min_offset(a->b->store, h->topic, h->queueId);
	got->max_offset = mb_store_max_offset(a->b->store, h->topic, h->queueId);
	row->reset = MB_NO_OFFSET;
	reply(a, RMQI_RESP_PULL_OFFSET_MOVED, "OFFSET_RESET", got);
	return true;
}

/* True when the pull now waits. */
static bool park(const struct attempt *a)
{
	const struct rmqi_h_pull_message *h = &a->pull->h;
	struct mb_peer *peer = rmqi_conn_user(a->pull->ticket.conn);
	struct mb_pull copy = *a->pull;
	int64_t timeout_ms = a->b->config->long_polling ? h->suspendTimeoutMillis
							: a->b->config->short_polling_ms;

	if (!(h->sysFlag & SUSPEND) || !peer || a->b->is_stopping)
		return false;
	/* The filter in force; a group's own is copied, it may change meanwhile. */
	copy.filter = (struct rmqi_subscription *)(uintptr_t)a->filter;
	return mb_holds_park(a->b, &copy, peer, timeout_ms) == RMQ_OK;
}

static void process(struct mb_broker *b, struct mb_pull *pull, bool may_suspend)
{
	struct attempt a = {.b = b, .pull = pull};
	const struct rmqi_h_pull_message *h = &pull->h;
	struct mb_get_result *got = &b->got;
	int32_t code;

	if (!check_broker_and_group(&a) || !check_topic(&a) ||
	    !(h->sysFlag & SUBSCRIPTION ? take_given_filter(&a) : take_group_filter(&a)) ||
	    !check_registered(&a) || take_reset(&a))
		return;
	get(&a, got);
	if (got->status == MB_GET_NO_MATCHED_LOGIC_QUEUE)
		got->status =
			MB_GET_NO_MESSAGE_IN_QUEUE; /* Java makes the queue when it is asked */
	code = code_of(got->status, h->queueOffset);
	if (code != RMQI_RESP_PULL_NOT_FOUND || !may_suspend || !park(&a))
		reply(&a, code, mb_get_status_name(got->status), got);
	mb_offsets_pulled(b, h->topic, h->consumerGroup, h->queueId, got->next_begin_offset);
	if (may_suspend && (h->sysFlag & COMMIT_OFFSET) &&
	    mb_offsets_commit(b, h->topic, h->consumerGroup, h->queueId, h->commitOffset) != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: an offset of %s is lost: no memory",
			 a.group->name);
}

void mb_pull_again(struct mb_broker *b, const struct mb_pull *pull)
{
	struct mb_pull again = *pull;

	again.filter = NULL;
	process(b, &again, false);
	rmqi_subscription_free(again.filter);
}

static void pull_message(void *arg, struct mb_request *r)
{
	struct mb_pull pull = {.ticket = r->ticket, .code = r->command->code};

	if (!mb_request_decode(r, &rmqi_desc_pull_message, &pull.h))
		return;
	process(arg, &pull, true);
	rmqi_subscription_free(pull.filter);
}

const struct mb_handler mb_pull_handlers[] = {
	{RMQI_REQ_PULL_MESSAGE, pull_message},
	{RMQI_REQ_LITE_PULL_MESSAGE, pull_message},
	{0, NULL},
};
