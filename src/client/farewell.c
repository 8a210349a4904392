/* SPDX-License-Identifier: Apache-2.0 */
/*
 * farewell.c - brokers are told that a client leaves (MQClientInstance.unregisterClient).
 *
 * Brokers work on heartbeats and farewells on different threads, and forget who has gone when his connection
 * closes. A heartbeat that is still under way then may be worked on behind both: its group has a member
 * that is not there, and that keeps its share of the queues for two minutes. So who has not answered the
 * last heartbeat is told of the farewell behind that answer, or after half of the time for both.
 */
#include "base/mem.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "codec/schema.h"

struct rmqi_farewell {
	struct rmqi_client *client;
	struct rmqi_event done;
	int64_t deadline_us;
	/* loop */
	size_t pending; /* answers; and one for who sends them */
	size_t waiting; /* of these, answers to heartbeats */
};

struct goodbye {
	struct rmqi_call call;
	struct rmqi_farewell *farewell;
};

static void leave(struct rmqi_farewell *f)
{
	if (--f->pending == 0)
		rmqi_event_set(&f->done);
}

static void on_goodbye(struct rmqi_call *call, enum rmq_error error,
		       const struct rmqi_command *response)
{
	struct goodbye *g = RMQI_CONTAINER(call, struct goodbye, call);
	struct rmqi_farewell *f = g->farewell;
	char why[RMQI_TROUBLE_SIZE];

	(void)response;
	if (error != RMQ_OK)
		RMQI_LOG(f->client->log, RMQ_LOG_WARN, "a broker was not told that we leave: %s",
			 rmqi_call_explain(call, error, why, sizeof(why)));
	rmqi_free(g);
	leave(f);
}

static void say_goodbye(struct rmqi_farewell *f, const struct rmqi_broker *b)
{
	struct rmqi_client *c = f->client;
	struct rmqi_h_unregister_client header = {.clientID = rmqi_str(c->id)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_UNREGISTER_CLIENT,
					.desc = &rmqi_desc_unregister_client,
					.header = &header};
	struct goodbye *g = rmqi_calloc(1, sizeof(*g));

	if (!g)
		return;
	if (c->owner.producer_group)
		RMQI_SET(&header, unregister_client, producerGroup,
			 rmqi_str(c->owner.producer_group));
	if (c->owner.consumer_group)
		RMQI_SET(&header, unregister_client, consumerGroup,
			 rmqi_str(c->owner.consumer_group));
	g->call.fn = on_goodbye;
	g->farewell = f;
	f->pending++;
	rmqi_rpc_call_async(c->rpc, b->address, &request, f->deadline_us, &g->call);
}

static void wait_for_beat(struct rmqi_farewell *f, struct rmqi_broker *b)
{
	b->is_leaving = true;
	f->pending++;
	f->waiting++;
}

/* Who has not taken a heartbeat forgets us with the connection, at the latest. */
static void say_goodbyes(void *arg)
{
	struct rmqi_farewell *f = arg;
	struct rmqi_client *c = f->client;
	int64_t now = rmqi_clock_us(c->env->clock);

	c->farewell = f;
	for (size_t i = 0; i < c->brokers.count; i++) {
		struct rmqi_broker *b = rmqi_map_at(&c->brokers, i, NULL);

		if (b->is_calling)
			wait_for_beat(f, b);
		else if (b->is_registered)
			say_goodbye(f, b);
	}
	if (f->waiting)
		rmqi_timer_start(&c->farewell_timer, now + (f->deadline_us - now) / 2);
	leave(f);
}

void rmqi_client_beat_ended(struct rmqi_client *c, struct rmqi_broker *b, enum rmq_error error)
{
	struct rmqi_farewell *f = c->farewell;

	if (!f || !b->is_leaving)
		return;
	b->is_leaving = false;
	f->waiting--;
	/* What was not answered in time may still be worked on. */
	if (b->is_registered || error == RMQ_ERR_TIMEOUT)
		say_goodbye(f, b);
	leave(f);
}

/* Those whose answers are still missing; a broker may have left the table meanwhile. */
void rmqi_client_on_farewell_timer(struct rmqi_timer *t)
{
	struct rmqi_client *c = RMQI_CONTAINER(t, struct rmqi_client, farewell_timer);
	struct rmqi_farewell *f = c->farewell;

	if (!f)
		return;
	for (size_t i = 0; i < c->brokers.count; i++) {
		struct rmqi_broker *b = rmqi_map_at(&c->brokers, i, NULL);

		if (b->is_leaving)
			say_goodbye(f, b);
		b->is_leaving = false;
	}
	for (; f->waiting; f->waiting--)
		leave(f);
}

static void end(void *arg)
{
	struct rmqi_client *c = arg;

	rmqi_timer_stop(&c->farewell_timer);
	c->farewell = NULL;
}

void rmqi_client_unregister(struct rmqi_client *c, int64_t deadline_us)
{
	struct rmqi_farewell f = {.client = c, .deadline_us = deadline_us, .pending = 1};

	if (!c->owner.producer_group && !c->owner.consumer_group)
		return;
	rmqi_event_init(&f.done, c->env);
	rmqi_loop_call(c->loop, say_goodbyes, &f);
	/* Each call ends by the deadline, so this does, too. */
	(void)rmqi_event_wait(&f.done, RMQI_FOREVER);
	rmqi_loop_call(c->loop, end, c);
	rmqi_event_deinit(&f.done);
}
