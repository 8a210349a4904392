/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/recall.h"

#include <stdio.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "codec/recall.h"
#include "codec/version.h"
#include "send/sender.h"

struct recall {
	struct rmq_producer *producer;
	const char *topic;
	const char *handle;
	struct rmqi_recall parts; /* of the handle */
	char text[RMQI_RECALL_TEXT_MAX];
	char broker[RMQI_RETRY_TOPIC_MAX + 1];
	struct rmq_error_detail *detail;
};

static enum rmq_error check(struct recall *r)
{
	char why[RMQI_PROBLEM_SIZE];
	struct rmqi_str topic = rmqi_str(r->topic);
	const char *problem = rmqi_topic_problem(topic, why, sizeof(why));

	if (!problem && (rmqi_topic_is_retry(topic) || rmqi_topic_is_dlq(topic)))
		problem = "topic is not supported";
	if (problem)
		return rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "topic %s: %s", r->topic, problem);
	if (!rmqi_recall_read(rmqi_str(r->handle), r->text, &r->parts))
		return rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "recall handle is invalid: take the one of the result of "
				       "the send");
	if (!rmqi_str_eq(r->parts.topic, topic))
		return rmqi_detail_set(r->detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the recall handle is of topic %.*s, not of %s",
				       RMQI_STR_ARG(r->parts.topic), r->topic);
	snprintf(r->broker, sizeof(r->broker), "%.*s", RMQI_STR_ARG(r->parts.broker_name));
	return RMQ_OK;
}

static enum rmq_error find_broker(struct recall *r, const struct rmqi_topic_route *route,
				  const char **address)
{
	*address = rmqi_topic_route_address(route, r->broker, 0, true, NULL);
	if (!*address && route->publish_count > 0)
		*address = route->publish[0].address;
	if (*address)
		return RMQ_OK;
	return rmqi_detail_set(r->detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
			       "topic %s: neither broker %s nor another one has a master now",
			       r->topic, r->broker);
}

/* What to do about it; "" when the remark says it all. */
static const char *hint(const struct rmqi_command *answer)
{
	if (rmqi_str_is(answer->remark, "recall failed, operation is forbidden"))
		return " (its recallMessageEnable is false, which is the default)";
	if (rmqi_str_is(answer->remark, "recall failed, timestamp invalid"))
		return " (the message is due)";
	return "";
}

static bool may_pass(int32_t code)
{
	return code == RMQI_RESP_SYSTEM_ERROR || code == RMQI_RESP_SYSTEM_BUSY ||
	       code == RMQI_RESP_SERVICE_NOT_AVAILABLE || code == RMQI_RESP_SLAVE_NOT_AVAILABLE;
}

static enum rmq_error tell_refused(struct recall *r, const char *address,
				   const struct rmqi_command *answer)
{
	char name[32], version[RMQI_VERSION_SIZE], why[RMQI_DENIAL_SIZE];
	enum rmq_error err = rmqi_client_refusal(answer);

	rmqi_detail_set_broker(r->detail, answer->code, answer->remark);
	if (answer->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED)
		return rmqi_detail_set(r->detail, RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
				       "not recalled: broker %s (%s) runs %s, recalls came with "
				       "5.3.2",
				       r->broker, address,
				       rmqi_version_text(answer->version, version));
	if (err == RMQ_ERR_DENIED)
		return rmqi_detail_set(
			r->detail, err, RMQ_ERROR_FATAL, "broker %s (%s) %s", r->broker, address,
			rmqi_client_explain_denial(r->producer->client, answer->code,
						   answer->remark, why, sizeof(why)));
	return rmqi_detail_set(r->detail, err,
			       may_pass(answer->code) ? RMQ_ERROR_RETRIABLE : RMQ_ERROR_FATAL,
			       "not recalled: broker %s (%s) answered %s: %.*s%s", r->broker,
			       address, rmqi_response_name(answer->code, name, sizeof(name)),
			       RMQI_STR_ARG(answer->remark), hint(answer));
}

/* DefaultRecallMessageTraceHook: whatever a broker that knows of recalls has answered. */
static void trace(const struct recall *r, const struct rmqi_command *answer)
{
	struct rmqi_trace_record record = {
		.timestamp_ms = rmqi_clock_wall_ms(rmqi_client_clock(r->producer->client)),
		.group = rmqi_str(r->producer->group),
		.topic = rmqi_str(r->topic),
		.message_id = r->parts.message_id,
		.is_success = answer->code == RMQI_RESP_SUCCESS};

	if (rmqi_command_ext(answer, RMQI_PROP_MSG_REGION, &record.region))
		rmqi_trace_recalled(r->producer->trace, &record);
}

static enum rmq_error ask(struct recall *r, const char *address, int64_t deadline_us)
{
	struct rmqi_h_recall_message h = {.topic = rmqi_str(r->topic),
					  .recallHandle = rmqi_str(r->handle)};
	struct rmqi_outgoing out = {
		.code = RMQI_REQ_RECALL_MESSAGE, .desc = &rmqi_desc_recall_message, .header = &h};
	struct rmqi_response response;
	enum rmq_error err;

	RMQI_SET(&h, recall_message, producerGroup, rmqi_str(r->producer->group));
	RMQI_SET(&h, recall_message, bname, rmqi_str(r->broker));
	rmqi_response_init(&response);
	err = rmqi_rpc_call(rmqi_client_rpc(r->producer->client), address, &out, deadline_us,
			    &response, NULL, r->detail);
	if (err == RMQ_OK)
		trace(r, &response.command);
	if (err == RMQ_OK && response.command.code != RMQI_RESP_SUCCESS)
		err = tell_refused(r, address, &response.command);
	rmqi_response_deinit(&response);
	return err;
}

static enum rmq_error run(struct recall *r)
{
	static const struct rmqi_send_how usual;
	struct rmqi_client *client = r->producer->client;
	int64_t deadline_us = rmqi_clock_us(rmqi_client_clock(client)) +
			      rmqi_sender_budget_us(&r->producer->sender, &usual);
	struct rmqi_topic_route *route;
	const char *address;
	enum rmq_error err =
		rmqi_client_route(client, r->topic, false, deadline_us, &route, r->detail);

	if (err != RMQ_OK)
		return err;
	err = find_broker(r, route, &address);
	if (err == RMQ_OK)
		err = ask(r, address, deadline_us);
	rmqi_topic_route_unref(route);
	return err;
}

enum rmq_error rmqi_producer_recall(struct rmq_producer *p, const char *topic, const char *handle,
				    struct rmq_error_detail *detail)
{
	struct recall r = {.producer = p, .topic = topic, .handle = handle, .detail = detail};
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err == RMQ_OK)
		err = check(&r);
	if (err == RMQ_OK)
		err = rmqi_sender_enter(&p->sender, detail);
	if (err != RMQ_OK)
		return err;
	err = run(&r);
	rmqi_sender_leave(&p->sender);
	return err;
}
