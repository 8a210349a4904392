/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heartbeat.c - the brokers of a client and the heartbeats they get
 * (MQClientInstance.sendHeartbeatToAllBroker).
 *
 * A broker knows a client by the connection that its heartbeat came on: after a
 * reconnect it knows nothing, so a new connection is greeted with a heartbeat at
 * once rather than at the next period. A heartbeat that was not taken, and a
 * connection that was lost, are followed by another one after 1 s, 2, 4, ... up to
 * the period, each a quarter more or less by chance; a sign of life of the broker
 * cuts that short.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/planted.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "codec/version.h"

enum { HEARTBEAT_MAX = 4 * 1024 * 1024, FIRST_RETRY_MS = 1000 };

static struct rmqi_broker *broker_at(struct rmqi_client *c, size_t i)
{
	return rmqi_map_at(&c->brokers, i, NULL);
}

static struct rmqi_broker *find_broker(struct rmqi_client *c, const char *address)
{
	return rmqi_map_get(&c->brokers, rmqi_str(address));
}

static void free_broker(void *value)
{
	struct rmqi_broker *b = value;

	rmqi_free(b->address);
	rmqi_free(b->name);
	rmqi_free(b);
}

void rmqi_client_free_brokers(struct rmqi_client *c)
{
	rmqi_map_deinit(&c->brokers, free_broker);
}

/* One heartbeat under way. The broker may leave the table meanwhile, so it is found by address. */
struct beat {
	struct rmqi_call call;
	struct rmqi_client *client;
	char *address; /* owned */
	bool is_repeated;
};

static void beat_again(struct rmqi_client *c, struct rmqi_broker *b, bool is_repeated);

static void note_answer(struct rmqi_client *c, struct rmqi_broker *b, int32_t version)
{
	bool is_new = !b->is_registered;

	rmqi_mutex_lock(&c->mu);
	b->version = version;
	rmqi_mutex_unlock(&c->mu);
	b->is_registered = true;
	if (!is_new)
		return;
	b->registered_us = rmqi_clock_us(c->env->clock);
	rmqi_faults_lift(&c->faults, b->name);
	rmqi_client_look_for_missing(c);
	if (c->owner.on_registered)
		c->owner.on_registered(c->owner.arg, b->address);
}

/* It was not taken. */
static void complain(struct beat *beat, struct rmqi_broker *b, enum rmq_error error,
		     const struct rmqi_command *response)
{
	char why[RMQI_TROUBLE_SIZE];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_BROKER,
				 .subject = beat->address,
				 .address = beat->address,
				 .error = error,
				 .code = -1};

	if (error == RMQ_OK) {
		f.error = rmqi_client_refusal(response);
		f.code = response->code;
		f.why = response->remark;
	} else {
		f.why = rmqi_str(rmqi_call_explain(&beat->call, error, why, sizeof(why)));
	}
	if (b)
		b->told = error == RMQ_OK ? RMQ_EVENT_REFUSED : RMQ_EVENT_CANNOT_REACH;
	rmqi_client_complain(beat->client, &f, NULL);
}

static void tell_taken(struct rmqi_client *c, struct rmqi_broker *b)
{
	bool is_first = !b->has_joined;

	rmqi_client_settle(c, RMQI_TROUBLE_BROKER, b->address, NULL);
	if (b->told == RMQ_EVENT_JOINED || b->told == RMQ_EVENT_OVER)
		return;
	b->has_joined = true;
	b->told = is_first ? RMQ_EVENT_JOINED : RMQ_EVENT_OVER;
	rmqi_client_tell(c, b->told, NULL, b->address, -1, NULL,
			 is_first ? "broker %s has taken our heartbeat"
				  : "broker %s takes our heartbeats again",
			 b->address);
}

static void tell_lost(struct rmqi_client *c, struct rmqi_broker *b)
{
	b->told = RMQ_EVENT_LOST;
	rmqi_client_tell(c, RMQ_EVENT_LOST, NULL, b->address, -1, NULL,
			 "the connection to broker %s is lost", b->address);
}

static void on_response(struct beat *beat, struct rmqi_broker *b,
			const struct rmqi_command *response)
{
	struct rmqi_client *c = beat->client;

	if (response->code == RMQI_RESP_GO_AWAY && b && !beat->is_repeated)
		beat_again(c, b, true);
	else if (response->code != RMQI_RESP_SUCCESS)
		complain(beat, b, RMQ_OK, response);
	else if (b)
		note_answer(c, b, response->version);
}

/* --- Out of turn ------------------------------------------------------------------------ */

static void arm_retry(struct rmqi_client *c, struct rmqi_broker *b, int64_t at_us)
{
	b->retry_us = at_us;
	if (!rmqi_timer_is_armed(&c->retry_timer) || at_us < c->retry_timer.node.key)
		rmqi_timer_start(&c->retry_timer, at_us);
}

static void retry_later(struct rmqi_client *c, struct rmqi_broker *b)
{
	int64_t most_ms = rmqi_config_i64(c->config, RMQI_CFG_heartbeatBrokerInterval);
	int64_t ms = b->retry_ms ? b->retry_ms * 2 : FIRST_RETRY_MS;

	if (!rmqi_client_is_running(c))
		return;
	b->retry_ms = ms < most_ms ? ms : most_ms;
	/* Who lost it together does not come back together. */
	ms = b->retry_ms * 3 / 4 + (int64_t)rmqi_rand_below(&c->rand, (uint64_t)b->retry_ms / 2);
	arm_retry(c, b, rmqi_clock_deadline(c->env->clock, ms));
}

/* But not twice within a second. */
static void retry_soon(struct rmqi_client *c, struct rmqi_broker *b)
{
	int64_t now = rmqi_clock_us(c->env->clock);
	int64_t earliest = b->beat_us + FIRST_RETRY_MS * 1000;

	arm_retry(c, b, now > earliest ? now : earliest);
}

static bool is_due(const struct rmqi_client *c, const struct rmqi_broker *b)
{
	return b->retry_us <= rmqi_clock_us(c->env->clock);
}

void rmqi_client_broker_alive(struct rmqi_client *c, const char *address)
{
	struct rmqi_broker *b = find_broker(c, address);

	if (!b || !rmqi_client_is_running(c))
		return;
	if (b->is_calling)
		b->is_alive = true;
	else if (!b->is_registered)
		retry_soon(c, b);
	if (b->is_registered && c->owner.on_registered)
		c->owner.on_registered(c->owner.arg, b->address);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct beat *beat = RMQI_CONTAINER(call, struct beat, call);
	struct rmqi_client *c = beat->client;
	struct rmqi_broker *b = find_broker(c, beat->address);

	if (b)
		b->is_calling = false;
	if (b && error == RMQ_OK && response->code == RMQI_RESP_SUCCESS) {
		b->retry_ms = 0;
		b->retry_us = RMQI_FOREVER;
		tell_taken(c, b);
	} else if (b && b->is_alive && error == RMQ_ERR_TIMEOUT) {
		retry_soon(c, b);
	} else if (b) {
		retry_later(c, b);
	}
	if (error == RMQ_OK)
		on_response(beat, b, response);
	else
		complain(beat, b, error, NULL);
	if (b && b->is_outdated && !b->is_calling) {
		b->is_outdated = false;
		beat_again(c, b, true);
	}
	if (b && !b->is_calling)
		b->is_greeting = false;
	if (b)
		rmqi_client_beat_ended(c, b, error);
	rmqi_client_count_joining(c);
	rmqi_free(beat->address);
	rmqi_free(beat);
}

/* The JSON text of who we are now; false when there is nothing to tell or no memory. */
static bool write_heartbeat(struct rmqi_client *c, struct rmqi_buf *out)
{
	struct rmqi_heartbeat h = {0};
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	bool is_useful = false;

	h.client_id = rmqi_strdup(c->id);
	if (h.client_id)
		err = c->owner.fill_heartbeat(c->owner.arg, &h);
	if (err == RMQ_OK && h.producer_count + h.consumer_count > 0) {
		err = rmqi_heartbeat_encode(&h, out);
		is_useful = err == RMQ_OK;
	}
	rmqi_heartbeat_deinit(&h);
	if (err != RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_ERROR, "no heartbeat: %s", rmq_error_text(err));
	return is_useful;
}

static void beat_broker(struct rmqi_client *c, struct rmqi_broker *b, struct rmqi_cursor body,
			bool is_repeated)
{
	int64_t timeout_ms = rmqi_config_i64(c->config, RMQI_CFG_mqClientApiTimeout);
	struct rmqi_h_heartbeat header = {0};
	struct rmqi_outgoing request = {.code = RMQI_REQ_HEART_BEAT,
					.desc = &rmqi_desc_heartbeat,
					.header = &header,
					.body = &body,
					.body_count = 1};
	struct beat *beat;

	if (b->is_calling || (!b->is_master && !c->owner.heartbeat_slaves))
		return;
	if (RMQI_PLANTED(HEARTBEAT_NOT_AGAIN) && b->has_joined && !b->is_registered)
		return;
	beat = rmqi_calloc(1, sizeof(*beat));
	if (beat)
		beat->address = rmqi_strdup(b->address);
	if (!beat || !beat->address) {
		rmqi_free(beat);
		return;
	}
	beat->client = c;
	beat->is_repeated = is_repeated;
	beat->call.fn = on_answer;
	b->is_calling = true;
	b->is_greeting |= !b->is_registered && b->retry_ms == 0;
	b->beat_us = rmqi_clock_us(c->env->clock);
	b->retry_us = RMQI_FOREVER;
	b->is_alive = false;
	rmqi_rpc_call_async(c->rpc, b->address, &request,
			    rmqi_clock_deadline(c->env->clock, timeout_ms), &beat->call);
}

/* Not before the start, and not after the farewell: it would bring the group back. */
static bool may_beat(const struct rmqi_client *c)
{
	return c->owner.fill_heartbeat && rmqi_client_is_running(c);
}

typedef bool (*wants_fn)(const struct rmqi_client *c, const struct rmqi_broker *b);

static bool is_any(const struct rmqi_client *c, const struct rmqi_broker *b)
{
	(void)c;
	(void)b;
	return true;
}

/* Nobody has tried it yet; what has failed has its own time. */
static bool is_new(const struct rmqi_client *c, const struct rmqi_broker *b)
{
	(void)c;
	return !b->is_registered && b->retry_ms == 0;
}

static void beat_some(struct rmqi_client *c, wants_fn wants)
{
	struct rmqi_buf text;

	if (!may_beat(c) || c->brokers.count == 0)
		return;
	rmqi_buf_init(&text, HEARTBEAT_MAX);
	if (write_heartbeat(c, &text))
		for (size_t i = 0; i < c->brokers.count; i++)
			if (wants(c, broker_at(c, i)))
				beat_broker(c, broker_at(c, i), rmqi_buf_cursor(&text), false);
	rmqi_buf_deinit(&text);
}

/* This one only, on the connection that is there now. `is_repeated`: it had sent us away from the old one. */
static void beat_again(struct rmqi_client *c, struct rmqi_broker *b, bool is_repeated)
{
	struct rmqi_buf text;

	if (!may_beat(c))
		return;
	rmqi_buf_init(&text, HEARTBEAT_MAX);
	if (write_heartbeat(c, &text))
		beat_broker(c, b, rmqi_buf_cursor(&text), is_repeated);
	rmqi_buf_deinit(&text);
}

void rmqi_client_heartbeat_all(struct rmqi_client *c)
{
	/* What is on its way may not say yet what changed. */
	for (size_t i = 0; i < c->brokers.count; i++)
		broker_at(c, i)->is_outdated = broker_at(c, i)->is_calling;
	beat_some(c, is_any);
}

void rmqi_client_on_retry_timer(struct rmqi_timer *t)
{
	struct rmqi_client *c = RMQI_CONTAINER(t, struct rmqi_client, retry_timer);
	int64_t next = RMQI_FOREVER;

	beat_some(c, is_due);
	for (size_t i = 0; i < c->brokers.count; i++) {
		struct rmqi_broker *b = broker_at(c, i);

		/* One is under way, or none could be made. */
		if (is_due(c, b))
			b->retry_us = RMQI_FOREVER;
		if (b->retry_us < next)
			next = b->retry_us;
	}
	if (next != RMQI_FOREVER && rmqi_client_is_running(c))
		rmqi_timer_start(t, next);
}

/* Maybe it has moved, or another one has its place: nobody may have a pull there that would notice. */
static void on_lost(struct rmqi_client *c, struct rmqi_broker *b)
{
	tell_lost(c, b);
	rmqi_client_refresh_routes(c);
	retry_later(c, b);
}

void rmqi_client_broker_state(struct rmqi_client *c, const char *address, bool is_open)
{
	struct rmqi_broker *b = find_broker(c, address);

	/* When an old connection closes late, the new one may have been greeted. */
	if (!b || (!is_open && rmqi_rpc_is_connected(c->rpc, address)))
		return;
	if (b->is_registered && !is_open)
		on_lost(c, b);
	b->is_registered = false;
	b->is_greeting |= is_open;
	if (is_open)
		beat_again(c, b, false);
	rmqi_client_count_joining(c);
}

static void want_broker(struct rmqi_client *c, const struct rmqi_broker_address *a,
			const char *name, bool may_write)
{
	struct rmqi_broker *b = find_broker(c, a->address);
	enum rmq_error err;

	if (!b) {
		b = rmqi_calloc(1, sizeof(*b));
		if (!b)
			return;
		b->address = rmqi_strdup(a->address);
		b->name = rmqi_strdup(name);
		b->retry_us = RMQI_FOREVER;
		b->version = RMQI_VERSION_UNTOLD;
		if (!b->address || !b->name) {
			free_broker(b);
			return;
		}
		rmqi_mutex_lock(&c->mu);
		err = rmqi_map_set(&c->brokers, rmqi_str(a->address), b, NULL);
		rmqi_mutex_unlock(&c->mu);
		if (err != RMQ_OK) {
			free_broker(b);
			return;
		}
	}
	b->is_wanted = true;
	b->is_master = a->id == 0;
	b->is_written = b->is_master && (may_write || b->is_written);
}

static void want_brokers_of(struct rmqi_client *c, const struct rmqi_route *r)
{
	for (size_t i = 0; i < r->broker_count; i++)
		for (size_t j = 0; j < r->brokers[i].address_count; j++)
			want_broker(c, &r->brokers[i].addresses[j], r->brokers[i].broker_name,
				    rmqi_route_is_writable(r, r->brokers[i].broker_name));
}

/* Cleans brokers that are in no route any more (MQClientInstance.cleanOfflineBroker). Their
 * connections stay until they are idle: a send may be under way, and it may well succeed. */
static void sweep_brokers(struct rmqi_client *c)
{
	size_t i = 0;

	while (i < c->brokers.count) {
		struct rmqi_broker *b = broker_at(c, i);

		if (b->is_wanted) {
			i++;
			continue;
		}
		rmqi_client_withdraw(c, RMQI_TROUBLE_BROKER, b->address, NULL);
		rmqi_mutex_lock(&c->mu);
		rmqi_map_remove(&c->brokers, rmqi_str(b->address));
		rmqi_mutex_unlock(&c->mu);
		free_broker(b);
	}
}

void rmqi_client_update_brokers(struct rmqi_client *c)
{
	for (size_t i = 0; i < c->brokers.count; i++)
		broker_at(c, i)->is_wanted = false;
	for (size_t i = 0; i < c->topics.count; i++) {
		const struct rmqi_topic *t = rmqi_map_at(&c->topics, i, NULL);

		if (t->route)
			want_brokers_of(c, &t->route->route);
	}
	sweep_brokers(c);
	beat_some(c, is_new);
	rmqi_client_count_joining(c);
}

int64_t rmqi_client_registered_us(struct rmqi_client *c, const char *address)
{
	const struct rmqi_broker *b = find_broker(c, address);

	return b && b->is_registered ? b->registered_us : RMQI_FOREVER;
}

bool rmqi_client_is_away(struct rmqi_client *c, const char *address)
{
	const struct rmqi_broker *b = find_broker(c, address);

	return b && !b->is_registered && b->retry_ms > 0;
}

bool rmqi_client_is_master(struct rmqi_client *c, const char *address)
{
	const struct rmqi_broker *b = find_broker(c, address);

	return b && b->is_written;
}

int32_t rmqi_client_broker_version(struct rmqi_client *c, const char *address)
{
	struct rmqi_broker *b;
	int32_t version;

	rmqi_mutex_lock(&c->mu);
	b = rmqi_map_get(&c->brokers, rmqi_str(address));
	version = b ? b->version : RMQI_VERSION_UNTOLD;
	rmqi_mutex_unlock(&c->mu);
	return version;
}

void rmqi_client_note_version(struct rmqi_client *c, const char *address, int32_t version)
{
	struct rmqi_broker *b;

	rmqi_mutex_lock(&c->mu);
	b = rmqi_map_get(&c->brokers, rmqi_str(address));
	if (b)
		b->version = version;
	rmqi_mutex_unlock(&c->mu);
}
