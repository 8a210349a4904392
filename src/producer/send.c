/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - one send with its attempts (DefaultMQProducerImpl.sendDefaultImpl).
 *
 * Differences to Java, on purpose: a broker that does not answer gets half of
 * the time left while there is another broker to try (Java gives it all, so that
 * no retry ever follows a hung broker); a busy broker that is asked again is
 * asked after a pause; the final error is the last attempt's cause, with all
 * attempts beside it.
 */
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/send_request.h"

enum {
	BUSY_PAUSE_MS = 10,     /* doubled with each attempt */
	BUSY_PAUSE_DOUBLED = 6, /* times at most */
	LONGEST_MS = 24 * 3600 * 1000
};

struct attempts {
	struct rmq_producer *producer;
	struct rmqi_send_request *request;
	struct rmqi_topic_route *route; /* a reference */
	int64_t deadline_us;
	int64_t left; /* attempts, this one included */
	const char *last_broker;
	bool was_busy;
	bool maybe_stored; /* an attempt that failed may have reached its broker */
	bool is_stored;    /* by an attempt, though not as safely as asked */
	struct rmqi_response response;
	struct rmq_error_detail *detail;
};

static struct rmqi_clock *clock_of(const struct attempts *a)
{
	return rmqi_client_clock(a->producer->client);
}

static bool has_other_broker(const struct rmqi_topic_route *r, const char *broker_name)
{
	for (size_t i = 0; i < r->publish_count; i++)
		if (strcmp(r->publish[i].broker_name, broker_name) != 0)
			return true;
	return false;
}

/* When this attempt has to be over. */
static int64_t attempt_deadline(const struct attempts *a, const struct rmqi_publish_queue *q)
{
	const struct rmq_config *config = rmqi_client_config(a->producer->client);
	int64_t most_ms = rmqi_config_i64(config, RMQI_CFG_sendMsgMaxTimeoutPerRequest);
	int64_t now = rmqi_clock_us(clock_of(a));
	int64_t left = a->deadline_us - now;

	if (a->left <= 1)
		return a->deadline_us;
	if (most_ms > 0)
		return most_ms * 1000 < left ? now + most_ms * 1000 : a->deadline_us;
	return has_other_broker(a->route, q->broker_name) ? now + left / 2 : a->deadline_us;
}

/* DefaultMQProducer.retryResponseCodes */
static bool is_retriable_code(int32_t code)
{
	switch (code) {
	case RMQI_RESP_SYSTEM_ERROR:
	case RMQI_RESP_SYSTEM_BUSY:
	case RMQI_RESP_SERVICE_NOT_AVAILABLE:
	case RMQI_RESP_NO_PERMISSION:
	case RMQI_RESP_TOPIC_NOT_EXIST:
	case RMQI_RESP_NO_BUYER_ID:
	case RMQI_RESP_NOT_IN_CURRENT_UNIT:
	case RMQI_RESP_GO_AWAY:
		return true;
	default:
		return false;
	}
}

/* Codes that say that our route is out of date. */
static bool is_route_code(int32_t code)
{
	return code == RMQI_RESP_TOPIC_NOT_EXIST || code == RMQI_RESP_NO_PERMISSION ||
	       code == RMQI_RESP_SERVICE_NOT_AVAILABLE;
}

/* MQClientAPIImpl.processSendResponse; false for a code that means "not stored". */
static bool status_of(int32_t code, enum rmq_send_status *out)
{
	switch (code) {
	case RMQI_RESP_SUCCESS:
		*out = RMQ_SEND_OK;
		return true;
	case RMQI_RESP_FLUSH_DISK_TIMEOUT:
		*out = RMQ_SEND_FLUSH_DISK_TIMEOUT;
		return true;
	case RMQI_RESP_FLUSH_SLAVE_TIMEOUT:
		*out = RMQ_SEND_FLUSH_SLAVE_TIMEOUT;
		return true;
	case RMQI_RESP_SLAVE_NOT_AVAILABLE:
		*out = RMQ_SEND_SLAVE_NOT_AVAILABLE;
		return true;
	default:
		return false;
	}
}

static const char *put_text(char **at, struct rmqi_str s)
{
	char *text = *at;

	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*at += s.len + 1;
	return text;
}

static struct rmq_send_result *result_new(const struct attempts *a, enum rmq_send_status status,
					  const struct rmqi_publish_queue *q,
					  const struct rmqi_h_send_message_response *h)
{
	struct rmqi_str topic = a->request->header.topic, broker = rmqi_str(q->broker_name);
	struct rmqi_str region = h->MSG_REGION.len ? h->MSG_REGION : RMQI_STR("DefaultRegion");
	size_t texts =
		h->msgId.len + topic.len + broker.len + h->transactionId.len + region.len + 5;
	struct rmq_send_result *r = rmqi_alloc(sizeof(*r) + texts);
	char *at;

	if (!r)
		return NULL;
	at = (char *)(r + 1);
	r->status = status;
	r->queue.queue_id = h->queueId;
	r->queue_offset = h->queueOffset;
	rmqi_memcpy(r->message_id, a->request->uniq_key, sizeof(r->message_id));
	r->offset_message_id = put_text(&at, h->msgId);
	r->queue.topic = put_text(&at, topic);
	r->queue.broker_name = put_text(&at, broker);
	r->transaction_id = put_text(&at, h->transactionId);
	r->region_id = put_text(&at, region);
	return r;
}

static enum rmq_error on_stored(struct attempts *a, enum rmq_send_status status,
				const struct rmqi_publish_queue *q, struct rmq_send_result **result)
{
	struct rmqi_h_send_message_response h = {0};
	const char *bad = NULL;
	enum rmq_error err;

	if (!result)
		return RMQ_OK;
	a->maybe_stored = true;
	err = rmqi_header_decode(&rmqi_desc_send_message_response, &a->response.command, &h, &bad);
	if (err != RMQ_OK)
		return rmqi_detail_set(a->detail, err, RMQ_ERROR_MAYBE_STORED,
				       "%s accepted the message but its answer lacks %s",
				       q->address, bad ? bad : "a field");
	*result = result_new(a, status, q, &h);
	if (*result)
		return RMQ_OK;
	return rmqi_detail_set(a->detail, RMQ_ERR_NO_MEMORY, RMQ_ERROR_MAYBE_STORED,
			       "the message is stored, but memory is out for the result");
}

static enum rmq_error on_refused(struct attempts *a, const struct rmqi_publish_queue *q,
				 int64_t started_us)
{
	const struct rmqi_command *c = &a->response.command;
	char name[32];

	rmqi_detail_set_broker(a->detail, c->code, c->remark);
	rmqi_detail_add_attempt(a->detail, q->address, RMQ_PHASE_ANSWER, RMQ_ERR_BROKER, c->code,
				(rmqi_clock_us(clock_of(a)) - started_us) / 1000);
	if (is_route_code(c->code))
		rmqi_client_refresh_routes(a->producer->client);
	a->was_busy = c->code == RMQI_RESP_SYSTEM_BUSY;
	return rmqi_detail_set(a->detail, RMQ_ERR_BROKER,
			       is_retriable_code(c->code) ? RMQ_ERROR_RETRIABLE : RMQ_ERROR_FATAL,
			       "broker %s (%s) answered %s: %.*s", q->broker_name, q->address,
			       rmqi_response_name(c->code, name, sizeof(name)),
			       RMQI_STR_ARG(c->remark));
}

/*
 * May the broker have the message although the call failed? A call that timed out stays queued: even
 * while connecting it may still go out. A lost connection has delivered what was
 * written completely. An answer that cannot be kept or read was one all the same; a GO_AWAY, which
 * is a lost connection, stored nothing.
 */
static bool may_have_arrived(enum rmq_error error, enum rmq_phase phase)
{
	if (error == RMQ_ERR_TIMEOUT)
		return true;
	if (phase == RMQ_PHASE_WAIT)
		return error == RMQ_ERR_CONNECTION_LOST || error == RMQ_ERR_CANCELLED ||
		       error == RMQ_ERR_PROTOCOL || error == RMQ_ERR_TLS;
	return phase == RMQ_PHASE_ANSWER && error != RMQ_ERR_CONNECTION_LOST;
}

/* Our route may be out of date: the name server knows of a broker that left. */
static bool is_route_error(enum rmq_error error)
{
	return error == RMQ_ERR_CONNECT || error == RMQ_ERR_RESOLVE ||
	       error == RMQ_ERR_CONNECTION_LOST;
}

/* The call itself failed. */
static enum rmq_error on_failed(struct attempts *a, enum rmq_error error, enum rmq_phase phase)
{
	a->maybe_stored |= may_have_arrived(error, phase);
	if (is_route_error(error))
		rmqi_client_refresh_routes(a->producer->client);
	return error == RMQ_ERR_CANCELLED || error == RMQ_ERR_TOO_LARGE ? error : RMQ_AGAIN;
}

/* RMQ_OK: stored. RMQ_AGAIN: the next attempt may follow. Else the send ends here. */
static enum rmq_error attempt(struct attempts *a, const struct rmqi_publish_queue *q,
			      struct rmq_send_result **result, enum rmq_error *cause)
{
	struct rmqi_outgoing out = {.code = RMQI_REQ_SEND_MESSAGE_V2,
				    .desc = &rmqi_desc_send_message_v2,
				    .header = &a->request->header,
				    .body = &a->request->body,
				    .body_count = 1};
	int64_t started_us = rmqi_clock_us(clock_of(a));
	enum rmq_send_status status;
	enum rmq_phase phase;

	a->request->header.queueId = q->queue_id;
	RMQI_SET(&a->request->header, send_message, bname, rmqi_str(q->broker_name));
	a->was_busy = false;
	*cause = rmqi_rpc_call(rmqi_client_rpc(a->producer->client), q->address, &out,
			       attempt_deadline(a, q), &a->response, &phase, a->detail);
	if (*cause != RMQ_OK)
		return on_failed(a, *cause, phase);
	if (!status_of(a->response.command.code, &status)) {
		*cause = on_refused(a, q, started_us);
		return is_retriable_code(a->response.command.code) ? RMQ_AGAIN : *cause;
	}
	*cause = on_stored(a, status, q, result);
	if (*cause == RMQ_OK && status != RMQ_SEND_OK && a->left > 1 &&
	    rmqi_config_bool(rmqi_client_config(a->producer->client),
			     RMQI_CFG_retryAnotherBrokerWhenNotStoreOK))
		return RMQ_AGAIN;
	return *cause;
}

/* A broker that said it is busy is not asked again at once. */
static void pause_before(struct attempts *a, const struct rmqi_publish_queue *q, int64_t made)
{
	int64_t doubled = made - 1 < BUSY_PAUSE_DOUBLED ? made - 1 : BUSY_PAUSE_DOUBLED;
	int64_t until;

	if (!a->was_busy || strcmp(a->last_broker, q->broker_name) != 0)
		return;
	until = rmqi_clock_us(clock_of(a)) + ((int64_t)BUSY_PAUSE_MS * 1000 << doubled);
	(void)rmqi_event_wait(&a->producer->stop, until < a->deadline_us ? until : a->deadline_us);
}

/* What may follow the error of the last attempt. */
static unsigned final_flags(const struct attempts *a, enum rmq_error cause)
{
	unsigned maybe = a->maybe_stored ? RMQ_ERROR_MAYBE_STORED : 0u;

	switch (cause) {
	case RMQ_ERR_BROKER: /* on_refused knows */
		return rmq_error_detail_flags(a->detail) | maybe;
	case RMQ_ERR_TOO_LARGE:
	case RMQ_ERR_CANCELLED:
		return RMQ_ERROR_FATAL | maybe;
	default:
		return RMQ_ERROR_RETRIABLE | maybe;
	}
}

static enum rmq_error give_up(struct attempts *a, enum rmq_error cause, int64_t made)
{
	unsigned flags = final_flags(a, cause);

	if (made > 1)
		return rmqi_detail_set(a->detail, cause, flags,
				       "not sent after %lld attempts; the last: %s",
				       (long long)made, rmq_error_detail_message(a->detail));
	return rmqi_detail_set(a->detail, cause, flags, "%s", rmq_error_detail_message(a->detail));
}

static enum rmq_error no_queue(struct attempts *a)
{
	rmqi_client_refresh_routes(a->producer->client);
	return rmqi_detail_set(a->detail, RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE,
			       "topic %.*s has no queue that can be written on a master now",
			       RMQI_STR_ARG(a->request->header.topic));
}

/* May an attempt be made after so many? *cause is changed when the producer is being closed. */
static bool may_try(struct attempts *a, int64_t made, enum rmq_error *cause)
{
	if (a->left == 0)
		return false;
	if (made > 0 && !rmqi_life_is_open(&a->producer->life)) {
		*cause = rmqi_detail_set(a->detail, RMQ_ERR_CANCELLED, 0,
					 "the producer was closed; before that: %s",
					 rmq_error_detail_message(a->detail));
		return false;
	}
	return made == 0 || rmqi_clock_us(clock_of(a)) < a->deadline_us;
}

static enum rmq_error run(struct attempts *a, struct rmq_send_result **result)
{
	enum rmq_error verdict = RMQ_AGAIN, cause = RMQ_OK;
	struct rmq_send_result *weaker = NULL; /* stored, but not as safely as asked */
	int64_t made = 0;

	for (; verdict == RMQ_AGAIN && may_try(a, made, &cause); a->left--) {
		const struct rmqi_publish_queue *q =
			rmqi_topic_route_choose(a->route, made > 0 ? a->last_broker : NULL);

		if (!q)
			return no_queue(a);
		pause_before(a, q, made);
		made++;
		if (result)
			*result = NULL;
		verdict = attempt(a, q, result, &cause);
		if (verdict == RMQ_AGAIN && cause == RMQ_OK) {
			a->is_stored = true;
			rmqi_free(weaker);
			weaker = result ? *result : NULL;
		}
		a->last_broker = q->broker_name;
	}
	if (verdict == RMQ_OK) {
		rmqi_free(weaker);
		return RMQ_OK;
	}
	if (!a->is_stored)
		return give_up(a, cause, made);
	/* DefaultMQProducerImpl: the weaker result is better than an error. */
	if (result)
		*result = weaker;
	return RMQ_OK;
}

static enum rmq_error send_all(struct rmq_producer *p, const struct rmq_message *m,
			       int64_t timeout_ms, struct rmq_send_result **result,
			       struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(p->client);
	struct rmqi_send_request request;
	struct attempts a = {.producer = p, .request = &request, .detail = detail};
	enum rmq_error err;

	if (timeout_ms < 0)
		timeout_ms = rmqi_config_i64(config, RMQI_CFG_sendMsgTimeout);
	if (timeout_ms > LONGEST_MS)
		timeout_ms = LONGEST_MS;
	a.deadline_us = rmqi_clock_deadline(clock_of(&a), timeout_ms);
	err = rmqi_send_request_init(&request, p->client, p->group, m, detail);
	if (err != RMQ_OK)
		goto out;
	a.left = 1 + rmqi_config_i64(config, RMQI_CFG_retryTimesWhenSendFailed);
	err = rmqi_client_route(p->client, m->topic, true, a.deadline_us, &a.route, detail);
	if (err != RMQ_OK)
		goto out;
	rmqi_response_init(&a.response);
	err = run(&a, result);
	rmqi_response_deinit(&a.response);
	rmqi_topic_route_unref(a.route);
out:
	rmqi_send_request_deinit(&request);
	return err;
}

/* `sends` holds one for "not closing", so that the last send to leave wakes the closer. */
static void leave(struct rmq_producer *p)
{
	if (atomic_fetch_sub(&p->sends, 1) == 1)
		rmqi_event_set(&p->drained);
}

enum rmq_error rmqi_producer_send(struct rmq_producer *p, const struct rmq_message *m,
				  int64_t timeout_ms, struct rmq_send_result **result,
				  struct rmq_error_detail *detail)
{
	struct rmq_send_result *r = NULL;
	enum rmq_error err;

	atomic_fetch_add(&p->sends, 1);
	if (!rmqi_life_is_running(&p->life))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      rmqi_life_is_open(&p->life) ? "the producer is not started"
								  : "the producer is closed");
	else
		err = send_all(p, m, timeout_ms, result ? &r : NULL, detail);
	if (err == RMQ_OK && result)
		*result = r;
	else
		rmqi_free(r);
	leave(p);
	return err;
}
