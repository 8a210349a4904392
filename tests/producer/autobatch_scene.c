/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/producer/autobatch_scene.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "base/detail.h"
#include "codec/properties.h"
#include "send/result.h"

struct rmq_producer *producer;

struct told told[MOST];
int calls;
void (*in_callback)(int arg);
static int args[MOST];

static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *d, void *arg)
{
	int at = *(int *)arg;

	ck_assert((error == RMQ_OK) == (result != NULL));
	ck_assert(error != RMQ_OK || d == NULL);
	calls++;
	told[at].calls++;
	told[at].error = error;
	told[at].flags = rmq_error_detail_flags(d);
	told[at].offset = result ? result->queue_offset : -1;
	told[at].at_ms = fake_world_now(&world);
	snprintf(told[at].id, sizeof(told[at].id), "%s",
		 result ? result->message_id : rmq_error_detail_message_id(d));
	snprintf(told[at].offset_id, sizeof(told[at].offset_id), "%s",
		 result ? result->offset_message_id : "");
	if (in_callback)
		in_callback(at);
}

void set_up(void)
{
	stage_set_up();
	set("autoBatch", "true");
	memset(told, 0, sizeof(told));
	calls = 0;
	in_callback = NULL;
	for (int i = 0; i < MOST; i++)
		args[i] = i;
}

void tear_down(void)
{
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

void start(void)
{
	fake_peer_route(ns, "T", stage_route_of_one(1));
	fake_peer_route(ns, "U", stage_route_of_one(1));
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	for (const char *topic = "T"; topic; topic = topic[0] == 'T' ? "U" : NULL) {
		struct rmqi_topic_route *route = NULL;

		ck_assert_int_eq(rmqi_client_route(producer->client, topic, true,
						   rmqi_clock_deadline(world.env.clock, 1000),
						   &route, NULL),
				 RMQ_OK);
		rmqi_topic_route_unref(route);
	}
	fake_world_advance(&world, 5);
}

struct rmq_message *message_of(const char *topic, int i)
{
	char body[16];

	snprintf(body, sizeof(body), "body %d", i);
	return rmq_message_new(topic, body, strlen(body));
}

enum rmq_error give(struct rmq_message *m, int i, const struct rmq_send_options *options)
{
	enum rmq_error err =
		rmqi_producer_send_async(producer, m, options, on_sent, &args[i], detail);

	rmq_message_free(m);
	return err;
}

void send_nth(const char *topic, int i)
{
	ck_assert_int_eq(give(message_of(topic, i), i, NULL), RMQ_OK);
}

void send_some(const char *topic, int from, int count)
{
	for (int i = from; i < from + count; i++)
		send_nth(topic, i);
}

void wait_for(int count)
{
	for (int ms = 0; ms < 20000 && calls < count; ms++)
		fake_world_advance(&world, 1);
	ck_assert_int_eq(calls, count);
	for (int i = 0; i < MOST; i++)
		ck_assert_int_le(told[i].calls, 1);
}

size_t batches(void)
{
	return fake_peer_count(a, BATCH);
}

size_t singles(void)
{
	return fake_peer_count(a, SEND);
}

int items_of(size_t batch)
{
	const struct fake_request *r = fake_peer_request(a, BATCH, batch);
	struct rmqi_cursor rest = rmqi_cursor(r->body, r->body_len);
	struct rmqi_batch_item item;
	int count = 0;

	while (rest.len > 0 && rmqi_batch_decode(&rest, &item) == RMQ_OK)
		count++;
	return count;
}

void id_at(size_t batch, int index, char out[64])
{
	const struct fake_request *r = fake_peer_request(a, BATCH, batch);
	struct rmqi_cursor rest = rmqi_cursor(r->body, r->body_len);
	struct rmqi_batch_item item;
	struct rmqi_str id = {0};

	for (int i = 0; i <= index; i++)
		ck_assert_int_eq(rmqi_batch_decode(&rest, &item), RMQ_OK);
	ck_assert(rmqi_properties_get(item.properties, "UNIQ_KEY", &id));
	snprintf(out, 64, "%.*s", RMQI_STR_ARG(id));
}
