/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/rig.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

rmq_event_fn rig_event_fn;

static void write_down(struct rig *r, const rmq_message *m)
{
	struct seen *s = &r->seen[r->seen_count++];

	assert(r->seen_count < SEEN_MAX);
	snprintf(s->body, sizeof(s->body), "%.*s", (int)m->body_len, (const char *)m->body);
	snprintf(s->topic, sizeof(s->topic), "%s", m->topic);
	s->queue_id = m->queue.queue_id;
	s->offset = m->queue_offset;
	s->times = m->reconsume_times;
	s->at_ms = rig_now(r);
}

void rig_sleep(struct rig *r, int64_t ms)
{
	struct rmqi_event never;

	rmqi_event_init(&never, &r->env);
	(void)rmqi_event_wait(&never, rmqi_clock_deadline(r->env.clock, ms));
	rmqi_event_deinit(&never);
}

static void be_slow(struct rig *r)
{
	int64_t since = rig_now(r), over = since + r->slow_ms;

	while (r->meanwhile && rig_now(r) + 1000 < over) {
		rig_sleep(r, 1000);
		r->meanwhile(r, rig_now(r) - since);
	}
	/* The machine may have been suspended meanwhile. */
	if (rig_now(r) < over)
		rig_sleep(r, over - rig_now(r));
}

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	struct rig *r = arg;
	int status;

	assert(c == r->consumer);
	if (count > r->largest_call)
		r->largest_call = count;
	for (size_t i = 0; i < count; i++) {
		write_down(r, messages[i]);
		if (r->slow_ms > 0 &&
		    (!r->slow_body || strcmp(r->seen[r->seen_count - 1].body, r->slow_body) == 0))
			be_slow(r);
		if (r->during)
			r->during(r, messages[i]);
	}
	context->delay_level = r->delay_level;
	if (r->ack_index != -2)
		context->ack_index = r->ack_index;
	status = r->status;
	if (r->fail_times > 0) {
		r->fail_times--;
		status = RMQ_RECONSUME_LATER;
	}
	return (enum rmq_consume_status)status;
}

static enum rmq_orderly_status listen_in_order(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t count,
					       rmq_orderly_context *context, void *arg)
{
	struct rig *r = arg;
	int queue = messages[0]->queue.queue_id;
	bool is_retry = strcmp(messages[0]->queue.topic, RETRY_G) == 0;
	int status;

	/* Nobody else has a message of this queue. */
	assert(is_retry || !r->is_in[queue]);
	r->is_in[queue] |= !is_retry;
	status = (int)listen(c, messages, count, &(rmq_consume_context){0}, arg);
	r->is_in[queue] &= is_retry;
	if (r->suspend_ms >= 0)
		context->suspend_ms = r->suspend_ms;
	return (enum rmq_orderly_status)status;
}

void rig_orderly(struct rig *r)
{
	enum rmq_error err =
		rmqi_push_consumer_set_orderly_listener(r->consumer, listen_in_order, r, NULL);

	assert(err == RMQ_OK);
}

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	struct rig *r = arg;
	size_t room = sizeof(r->log) - r->log_len;
	int n;

	r->lines[level]++;
	if (strstr(text, "works now"))
		snprintf(r->over, sizeof(r->over), "%s", text);
	if (level > RMQ_LOG_WARN)
		return;
	n = snprintf(r->log + r->log_len, room, "%s\n", text);
	if (n > 0)
		r->log_len += (size_t)n < room ? (size_t)n : room - 1;
}

static void set(struct rig *r, const char *key, const char *value)
{
	enum rmq_error err = rmqi_config_set(r->config, key, value, NULL);

	assert(err == RMQ_OK);
}

static void set_all(struct rig *r, const char *settings)
{
	char copy[1024], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", settings ? settings : "");
	for (char *s = strtok_r(copy, ";", &save); s; s = strtok_r(NULL, ";", &save)) {
		char *value = strchr(s, '=');

		assert(value);
		*value = '\0';
		set(r, s, value + 1);
	}
}

static void make_consumer(struct rig *r)
{
	enum rmq_error err = rmqi_push_consumer_new(r->config, "G", &r->consumer, NULL);

	assert(err == RMQ_OK);
	err = rmqi_push_consumer_set_listener(r->consumer, listen, r, NULL);
	assert(err == RMQ_OK);
}

void rig_renew(struct rig *r)
{
	rig_free_consumer(r);
	make_consumer(r);
}

struct rig *rig_new(uint64_t seed, int queues, const char *settings)
{
	struct rig *r = rmqi_calloc(1, sizeof(*r));
	enum rmq_error err;

	assert(r);
	err = rmqi_sim_new(seed, INT64_C(1700000000000), &r->sim);
	assert(err == RMQ_OK);
	err = rmqi_inproc_new(r->sim, &r->net);
	assert(err == RMQ_OK);
	r->env =
		(struct rmqi_env){.clock = rmqi_sim_clock(r->sim), .sim = r->sim, .inproc = r->net};
	r->broker = fake_broker_new(&r->env);
	fake_broker_topic(r->broker, "T", queues);
	fake_broker_topic(r->broker, RETRY_G, 1);
	r->config = rmqi_config_new();
	assert(r->config);
	r->config->env = &r->env;
	r->config->log = (struct rmqi_log){.fn = on_log, .arg = r, .level = RMQ_LOG_DEBUG};
	r->config->event_fn = rig_event_fn;
	r->config->event_arg = r;
	set(r, "namesrvAddr", fake_broker_address(r->broker));
	set(r, "clientIP", "10.0.0.1");
	set(r, "instanceName", "me");
	set_all(r, settings);
	r->ack_index = -2;
	r->suspend_ms = -1;
	r->born_ms = rmqi_clock_wall_ms(r->env.clock);
	make_consumer(r);
	return r;
}

void rig_start(struct rig *r)
{
	enum rmq_error err = rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL);

	assert(err == RMQ_OK);
	err = rmqi_push_consumer_start(r->consumer, NULL);
	assert(err == RMQ_OK);
}

void rig_free_consumer(struct rig *r)
{
	rmqi_push_consumer_free(r->consumer);
	r->consumer = NULL;
}

void rig_free(struct rig *r)
{
	rig_free_consumer(r);
	rmqi_config_free(r->config);
	fake_broker_free(r->broker);
	rmqi_inproc_free(r->net);
	rmqi_sim_free(r->sim);
	rmqi_free(r);
}

void rig_advance(struct rig *r, int64_t ms)
{
	rmqi_sim_advance(r->sim, ms * 1000);
}

int64_t rig_now(const struct rig *r)
{
	return rmqi_clock_wall_ms(r->env.clock) - r->born_ms;
}

void rig_put(struct rig *r, int count)
{
	char body[32];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		fake_broker_put(r->broker, "T", 0, body, NULL);
	}
}

int rig_seen(const struct rig *r, const char *body)
{
	int count = 0;

	for (size_t i = 0; i < r->seen_count; i++)
		count += strcmp(r->seen[i].body, body) == 0 ? 1 : 0;
	return count;
}

int64_t rig_committed(struct rig *r)
{
	return fake_broker_committed(r->broker, "T", 0);
}
