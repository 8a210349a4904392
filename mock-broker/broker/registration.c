/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/registration.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/crc32.h"
#include "mock-broker/broker/internal.h"

enum {
	SECOND_MS = 10000,     /* the first periodic one (BrokerController.start) */
	PERIOD_MIN_MS = 10000, /* registerNameServerPeriod is bounded by these two */
	PERIOD_MAX_MS = 60000,
	UNREGISTER_TIMEOUT_MS = 3000
};

/* One request to one name server. */
struct outer_call {
	struct rmqi_call call;
	struct rmqi_list link;
	struct mb_broker *broker;
	const char *address; /* the registrar's */
	const char *what;
};

void mb_registrar_enter(struct mb_broker *b, struct rmqi_list *call)
{
	rmqi_list_push(&b->registrar.calls, call);
	rmqi_event_reset(&b->registrar.idle);
}

void mb_registrar_leave(struct mb_broker *b, struct rmqi_list *call)
{
	rmqi_list_remove(call);
	if (rmqi_list_is_empty(&b->registrar.calls))
		rmqi_event_set(&b->registrar.idle);
}

/* BrokerController.handleRegisterBrokerResult: a slave is told where its master is. */
static void take_master(struct mb_broker *b, const struct rmqi_command *response)
{
	struct rmqi_str ha = {0}, master = {0};

	(void)rmqi_command_ext(response, "haServerAddr", &ha);
	(void)rmqi_command_ext(response, "masterAddr", &master);
	mb_ha_registered(b, ha, master);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct outer_call *c = RMQI_CONTAINER(call, struct outer_call, call);

	if (error != RMQ_OK)
		RMQI_LOG(c->broker->log, RMQ_LOG_WARN, "broker %s: %s at name server %s: %s",
			 c->broker->config->broker_name, c->what, c->address,
			 rmq_error_text(error));
	else if (response->code != RMQI_RESP_SUCCESS)
		RMQI_LOG(c->broker->log, RMQ_LOG_WARN, "broker %s: %s at name server %s: %d %.*s",
			 c->broker->config->broker_name, c->what, c->address, (int)response->code,
			 RMQI_STR_ARG(response->remark));
	else
		take_master(c->broker, response);
	mb_registrar_leave(c->broker, &c->link);
	rmqi_free(c);
}

static void tell(struct mb_broker *b, size_t at, const struct rmqi_outgoing *request,
		 const char *what, int64_t timeout_ms)
{
	struct mb_registrar *r = &b->registrar;
	struct outer_call *c = rmqi_calloc(1, sizeof(*c));

	if (!c) {
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: %s: no memory", what);
		return;
	}
	c->call.fn = on_answer;
	c->broker = b;
	c->address = r->namesrvs[at];
	c->what = what;
	rmqi_list_init(&c->link);
	mb_registrar_enter(b, &c->link);
	rmqi_rpc_call_async(b->rpc, c->address, request,
			    rmqi_clock_deadline(rmqi_loop_clock(b->loop), timeout_ms), &c->call);
}

static bool is_silent(const struct mb_registrar *r, size_t at)
{
	return at < 32 && (r->silent >> at & 1);
}

static void tell_all(struct mb_broker *b, const struct rmqi_outgoing *request, const char *what,
		     int64_t timeout_ms)
{
	for (size_t i = 0; i < b->registrar.count; i++) {
		if (!is_silent(&b->registrar, i))
			tell(b, i, request, what, timeout_ms);
	}
}

/* A broker that may not be read or written does not publish topics as if it could. */
static void mask_perms(const struct mb_broker *b, struct rmqi_topic_table *table)
{
	int32_t permission = (int32_t)b->config->broker_permission;

	if (mb_broker_can(b, RMQI_PERM_READ) && mb_broker_can(b, RMQI_PERM_WRITE))
		return;
	for (size_t i = 0; i < table->topic_count; i++)
		table->topics[i].perm &= permission;
}

/* haServerAddr; the field is mandatory: without an HA port it is the one that Java would have. */
static void ha_address(const struct mb_broker *b, char *buf, size_t size)
{
	struct rmqi_address a;

	if (b->ha.address[0]) {
		snprintf(buf, size, "%s", b->ha.address);
		return;
	}
	if (rmqi_address_parse(rmqi_str(b->address), &a) != RMQ_OK) {
		snprintf(buf, size, "%s", b->address);
		return;
	}
	a.port = (uint16_t)(a.port + 1);
	rmqi_address_text(&a, buf, size);
}

static void send_table(struct mb_broker *b, const struct rmqi_topic_table *table)
{
	char ha[RMQI_ADDRESS_MAX];
	struct rmqi_h_register_broker h = {
		.brokerName = rmqi_str(b->config->broker_name),
		.brokerAddr = rmqi_str(b->address),
		.clusterName = rmqi_str(b->config->broker_cluster_name),
		.haServerAddr = {0},
		.brokerId = b->config->broker_id,
	};
	struct rmqi_buf body;
	struct rmqi_cursor piece;
	struct rmqi_outgoing request = {.code = RMQI_REQ_REGISTER_BROKER,
					.desc = &rmqi_desc_register_broker,
					.header = &h,
					.body = &piece,
					.body_count = 1};

	ha_address(b, ha, sizeof(ha));
	h.haServerAddr = rmqi_str(ha);
	rmqi_buf_init(&body, RMQI_FRAME_MAX);
	if (rmqi_register_body_encode(table, &body) == RMQ_OK) {
		piece = rmqi_buf_cursor(&body);
		if (b->config->release >= MB_RELEASE_5_3)
			RMQI_SET(&h, register_broker, enableActingMaster, false);
		RMQI_SET(&h, register_broker, compressed, false);
		RMQI_SET(&h, register_broker, bodyCrc32,
			 (int32_t)rmqi_crc32_31(piece.ptr, piece.len));
		tell_all(b, &request, "registration", b->config->register_timeout_ms);
	} else {
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: the topic table is too large to register");
	}
	rmqi_buf_deinit(&body);
}

/* Those of static topics: of one, or of all when `only` is empty. */
static void send_with_mappings(struct mb_broker *b, struct rmqi_topic_table *table,
			       struct rmqi_str only)
{
	if (mb_static_topics_view(&b->static_topics, only, table) == RMQ_OK)
		send_table(b, table);
	else
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: registration: no memory");
	mb_static_topics_release(table);
}

void mb_registrar_register_all(struct mb_broker *b)
{
	struct rmqi_topic_table table = {0};

	if (b->registrar.count == 0 || b->is_stopping)
		return;
	if (mb_topics_view(&b->topics, &table) != RMQ_OK)
		return;
	mask_perms(b, &table);
	send_with_mappings(b, &table, (struct rmqi_str){0});
	rmqi_free(table.topics);
}

void mb_registrar_announce(struct mb_broker *b, const struct mb_topic *t)
{
	struct rmqi_topic_config one = t->config; /* borrowed texts */
	struct rmqi_topic_table table = {
		.topics = &one, .topic_count = 1, .version = b->topics.version};

	if (b->registrar.count == 0 || b->is_stopping)
		return;
	mask_perms(b, &table);
	send_with_mappings(b, &table, rmqi_str(one.topic_name));
}

static void on_period(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, registrar.period);
	int64_t period_ms = b->config->register_period_ms;

	if (period_ms > PERIOD_MAX_MS)
		period_ms = PERIOD_MAX_MS;
	if (period_ms < PERIOD_MIN_MS)
		period_ms = PERIOD_MIN_MS;
	rmqi_timer_start_ms(t, period_ms);
	mb_registrar_register_all(b);
}

void mb_registrar_start(struct mb_broker *b)
{
	mb_registrar_register_all(b);
	rmqi_timer_start_ms(&b->registrar.period, SECOND_MS);
}

/* One at `at`, or all when it is -1. */
static void say_farewell(struct mb_broker *b, const char *address, int at)
{
	struct rmqi_h_unregister_broker h = {
		.brokerName = rmqi_str(b->config->broker_name),
		.brokerAddr = rmqi_str(address),
		.clusterName = rmqi_str(b->config->broker_cluster_name),
		.brokerId = b->config->broker_id,
	};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UNREGISTER_BROKER,
					.desc = &rmqi_desc_unregister_broker,
					.header = &h};

	if (at < 0)
		tell_all(b, &request, "farewell", UNREGISTER_TIMEOUT_MS);
	else
		tell(b, (size_t)at, &request, "farewell", UNREGISTER_TIMEOUT_MS);
}

void mb_registrar_stop(struct mb_broker *b)
{
	rmqi_timer_stop(&b->registrar.period);
	say_farewell(b, b->address, -1);
}

/* Name servers before 5.0 forget by id, so the farewell comes first. */
void mb_registrar_move(struct mb_broker *b, const char *old)
{
	say_farewell(b, old, -1);
	mb_registrar_register_all(b);
}

void mb_registrar_set(struct mb_broker *b, size_t at, bool is_told)
{
	struct mb_registrar *r = &b->registrar;

	if (at >= r->count || at >= 32 || is_silent(r, at) != is_told)
		return;
	r->silent ^= UINT32_C(1) << at;
	if (is_told)
		mb_registrar_register_all(b);
	else
		say_farewell(b, b->address, (int)at);
}

void mb_registrar_silence(struct mb_broker *b)
{
	rmqi_timer_stop(&b->registrar.period);
}

enum rmq_error mb_registrar_init(struct mb_broker *b, struct rmq_error_detail *detail)
{
	struct mb_registrar *r = &b->registrar;
	struct rmqi_str bad;
	enum rmq_error err;

	rmqi_list_init(&r->calls);
	rmqi_event_init(&r->idle, rmqi_loop_env(b->loop));
	rmqi_event_set(&r->idle);
	err = rmqi_timer_init(&r->period, rmqi_loop_inner_timers(b->loop), on_period);
	if (err != RMQ_OK)
		return err;
	err = rmqi_address_list(rmqi_str(b->config->namesrv_addr), &r->namesrvs, &r->count, &bad);
	if (err == RMQ_ERR_ADDRESS)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "namesrvAddr: \"%.*s\" is not host:port: %s",
				       RMQI_STR_ARG(bad), rmqi_address_problem(bad));
	return err;
}

void mb_registrar_deinit(struct mb_registrar *r)
{
	rmqi_timer_deinit(&r->period);
	for (size_t i = 0; i < r->count; i++)
		rmqi_free(r->namesrvs[i]);
	rmqi_free(r->namesrvs);
	rmqi_event_deinit(&r->idle);
}
