/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull_check.c - may a pull be served, and with which filter?
 */
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pull.h"

enum { SUBSCRIPTION = 4 }; /* PullSysFlag.java: the filter stands in the request */

/* ForbiddenType.java */
enum forbidden {
	FORBIDDEN_BROKER = 1,
	FORBIDDEN_GROUP = 2,
	FORBIDDEN_TOPIC = 3,
	FORBIDDEN_BROADCAST = 4
};

/* 16 with the kind of prohibition in the header; `what` is followed by `name` and `rest`. */
static bool forbid(const struct mb_pull *p, enum forbidden type, const char *what,
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
	mb_answer(&p->ticket, &response);
	rmqi_buf_deinit(&remark);
	return false;
}

/* PullMessageProcessor.processRequest, the order of its checks as far as check_registered. */
static bool check_broker_and_group(struct mb_pull *p)
{
	const struct mb_ticket *t = &p->ticket;
	struct rmqi_str group = p->h->consumerGroup;
	struct rmqi_str ip = rmqi_str(p->b->ip);

	if (!mb_broker_can(p->b, RMQI_PERM_READ))
		return forbid(p, FORBIDDEN_BROKER, "the broker[", ip,
			      "] pulling message is forbidden");
	if (p->ticket.code == RMQI_REQ_LITE_PULL_MESSAGE && !p->b->config->lite_pull)
		return forbid(p, FORBIDDEN_BROKER, "the broker[", ip,
			      "] for lite pull consumer is forbidden");
	p->group = mb_group_get(p->b, group);
	if (!p->group) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				"subscription group [%.*s] does not exist, %s", RMQI_STR_ARG(group),
				MB_FAQ);
		return false;
	}
	if (!p->group->consume_enable)
		return forbid(p, FORBIDDEN_GROUP, "subscription group no permission, ", group, "");
	return true;
}

/* From here on the pull is one of a queue of ours. */
static bool take_place(struct mb_pull *p)
{
	struct mb_place place;

	if (!p->command)
		return true;
	if (!mb_place_find(p->b, &p->ticket, p->command, p->h->topic, p->h->queueId, &place))
		return false;
	if (place.is_static) {
		p->is_static = true;
		p->of_ours = *p->h;
		p->of_ours.queueId = place.queue_id;
		p->h = &p->of_ours;
	}
	return true;
}

static bool check_topic(struct mb_pull *p)
{
	const struct mb_ticket *t = &p->ticket;
	const struct rmqi_h_pull_message *h = p->h;

	p->topic = mb_topic_find(p->b, h->topic);
	if (!p->topic) {
		mb_answer_error(t, RMQI_RESP_TOPIC_NOT_EXIST,
				"topic[%.*s] not exist, apply first please! %s",
				RMQI_STR_ARG(h->topic), MB_FAQ);
		return false;
	}
	if (!(p->topic->config.perm & RMQI_PERM_READ))
		return forbid(p, FORBIDDEN_TOPIC, "the topic[", h->topic,
			      "] pulling message is forbidden");
	return true;
}

static bool check_queue(struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;

	if (h->queueId >= 0 && h->queueId < p->topic->config.read_queue_nums)
		return true;
	mb_answer_error(&p->ticket,
			mb_release_bad_parameter((enum mb_release)p->b->config->release),
			"queueId[%d] is illegal, topic:[%.*s] topicConfig.readQueueNums:[%d] "
			"consumer:[%s]",
			(int)h->queueId, RMQI_STR_ARG(h->topic),
			(int)p->topic->config.read_queue_nums, rmqi_conn_peer_text(p->ticket.conn));
	return false;
}

static bool is_all(struct rmqi_str expression)
{
	return expression.len == 0 || rmqi_str_is(expression, "*");
}

static bool refuse_sql(const struct mb_pull *p, struct rmqi_str type)
{
	mb_answer_error(&p->ticket, RMQI_RESP_SYSTEM_ERROR,
			"The broker does not support consumer to filter message by %.*s",
			RMQI_STR_ARG(type));
	return false;
}

static bool refuse_given(const struct mb_pull *p)
{
	mb_answer_error(&p->ticket, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED,
			"parse the consumer's subscription failed");
	return false;
}

/* The subscription stands in the request. The filter is then owned by the pull. */
static bool take_given_filter(struct mb_pull *p)
{
	const struct rmqi_h_pull_message *h = p->h;
	bool is_tag = h->expressionType.len == 0 || rmqi_str_is(h->expressionType, "TAG");

	if (is_tag && is_all(h->subscription))
		return true;
	if (!p->given && rmqi_subscription_new(h->topic, h->subscription, h->expressionType,
					       h->subVersion, &p->given) != RMQ_OK)
		return refuse_given(p);
	if (!is_tag && !p->b->config->property_filter)
		return refuse_sql(p, h->expressionType);
	/* Java looks for a failure with an assertion, which is off. */
	if (!is_tag && !p->given_expression &&
	    mb_filter_compile(p->given->expression_type, p->given->sub_string, &p->given_expression,
			      NULL) == RMQ_ERR_NO_MEMORY)
		return refuse_given(p);
	p->filter.subscription = p->given;
	p->filter.expression = p->given_expression;
	return true;
}

/* That of the group's heart-beats, which has been compiled with it. */
static bool take_group_expression(struct mb_pull *p, const struct mb_client_group *g,
				  const struct rmqi_subscription *s)
{
	if (!mb_subscription_is_by_properties(s))
		return true;
	p->filter.expression = rmqi_map_get(&g->filters, p->h->topic);
	if (!p->filter.expression) {
		mb_answer_error(&p->ticket, RMQI_RESP_FILTER_DATA_NOT_EXIST,
				"The broker's consumer filter data is not exist!Your expression "
				"may be wrong!");
		return false;
	}
	return p->b->config->property_filter || refuse_sql(p, rmqi_str(s->expression_type));
}

/* That of the group's heart-beats counts. */
static bool take_group_filter(struct mb_pull *p)
{
	const struct mb_ticket *t = &p->ticket;
	const struct rmqi_h_pull_message *h = p->h;
	const struct mb_client_group *g = mb_consumers_find(p->b, h->consumerGroup);
	const struct rmqi_subscription *s;

	if (!g) {
		mb_answer_error(t, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				"the consumer's group info not exist%s", MB_FAQ);
		return false;
	}
	if (g->is_broadcasting && !p->group->consume_broadcast_enable)
		return forbid(p, FORBIDDEN_BROADCAST, "the consumer group[", h->consumerGroup,
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
	if (!is_all(rmqi_str(s->sub_string)) || mb_subscription_is_by_properties(s))
		p->filter.subscription = s;
	return take_group_expression(p, g, s);
}

/* rejectPullConsumerEnable */
static bool check_registered(struct mb_pull *p)
{
	const struct mb_client_group *g;
	const struct mb_peer *peer = rmqi_conn_user(p->ticket.conn);

	if (!p->b->config->reject_pull_consumer)
		return true;
	g = mb_consumers_find(p->b, p->h->consumerGroup);
	if (g && peer && mb_channel_find(g, peer))
		return true;
	mb_answer_error(&p->ticket, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
			"the consumer's group info not exist, or the pull consumer is rejected by "
			"server.%s",
			MB_FAQ);
	return false;
}

bool mb_pull_check(struct mb_pull *p)
{
	return check_broker_and_group(p) && check_topic(p) && take_place(p) && check_queue(p) &&
	       (p->h->sysFlag & SUBSCRIPTION ? take_given_filter(p) : take_group_filter(p)) &&
	       check_registered(p);
}

void mb_pull_deinit(struct mb_pull *p)
{
	rmqi_subscription_free(p->given);
	mb_expression_unref(p->given_expression);
}
