/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rocketmq/admin.h>

#include "base/clock.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "codec/body.h"
#include "codec/properties.h"

static const char *const *extra_pairs;

void scene_settings(const char *const *pairs)
{
	extra_pairs = pairs;
}

rmq_config *scene_config(enum rmqi_serialization serialization)
{
	rmq_config *c = rmq_config_new();

	if (!c)
		bench_die("out of memory");
	scene_set(c, "namesrvAddr", mock_namesrv());
	scene_set(c, "serializeType", serialization == RMQI_BINARY ? "ROCKETMQ" : "JSON");
	for (const char *const *pair = extra_pairs; pair && *pair; pair += 2)
		scene_set(c, pair[0], pair[1]);
	return c;
}

void scene_set(rmq_config *c, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;

	if (rmq_config_set(c, key, value, &detail) != RMQ_OK)
		bench_die("%s", rmq_error_detail_message(detail));
}

static rmq_admin *open_admin(void)
{
	rmq_config *c = scene_config(RMQI_BINARY);
	rmq_error_detail *detail = NULL;
	rmq_admin *a = NULL;

	if (rmq_admin_new(c, &a, &detail) != RMQ_OK)
		bench_die("admin: %s", rmq_error_detail_message(detail));
	rmq_config_free(c);
	return a;
}

void scene_topic(const char *topic)
{
	scene_topic_of(topic, SCENE_QUEUES);
}

void scene_topic_of(const char *topic, size_t queues)
{
	rmq_admin *a = open_admin();
	rmq_topic_settings *settings = rmq_topic_settings_new();
	rmq_error_detail *detail = NULL;

	if (rmq_topic_settings_set_queues(settings, (int)queues, &detail) != RMQ_OK ||
	    rmq_admin_create_topic(a, NULL, topic, settings, NULL, &detail) != RMQ_OK)
		bench_die("topic %s: %s", topic, rmq_error_detail_message(detail));
	rmq_topic_settings_free(settings);
	rmq_admin_free(a);
}

uint64_t scene_stored(const char *topic)
{
	rmq_admin *a = open_admin();
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *q;
	rmq_error_detail *detail = NULL;
	uint64_t sum = 0;

	if (rmq_admin_topic_offsets(a, topic, NULL, NULL, &offsets, &detail) != RMQ_OK)
		bench_die("offsets of %s: %s", topic, rmq_error_detail_message(detail));
	for (size_t i = 0; (q = rmq_topic_offsets_at(offsets, i)); i++) {
		if (rmq_queue_offsets_error(q) != RMQ_OK)
			bench_die("offsets of %s: %s", topic,
				  rmq_error_detail_message(rmq_queue_offsets_detail(q)));
		sum += (uint64_t)rmq_queue_offsets_max(q);
	}
	rmq_topic_offsets_free(offsets);
	rmq_admin_free(a);
	return sum;
}

void scene_encode_route(struct rmqi_buf *out, const char *topic)
{
	struct rmqi_h_get_route_info h = {.topic = rmqi_str(topic)};

	RMQI_SET(&h, get_route_info, acceptStandardJsonOnly, true);
	raw_encode(out, RMQI_BINARY, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, 1, &rmqi_desc_get_route_info,
		   &h, rmqi_cursor(NULL, 0));
}

/* The only one; of a cluster that was given the one that all requests name. */
static const struct rmqi_broker_data *choose(const struct rmqi_route *route)
{
	if (route->broker_count == 1)
		return &route->brokers[0];
	for (size_t i = 0; mock_is_given() && i < route->broker_count; i++)
		if (strcmp(route->brokers[i].broker_name, "broker-a") == 0)
			return &route->brokers[i];
	return NULL;
}

void scene_broker(const char *topic, char *address)
{
	const struct rmqi_broker_data *broker = NULL;
	const char *master = NULL;
	struct rmqi_route route = {0};
	struct raw_answer answer;
	struct rmqi_buf request;
	struct raw r;

	rmqi_buf_init(&request, 4096);
	scene_encode_route(&request, topic);
	raw_open(&r, mock_namesrv());
	raw_call(&r, rmqi_buf_data(&request), request.len, &answer);
	if (answer.code == 0 && rmqi_route_decode(answer.body, &route) == RMQ_OK)
		broker = choose(&route);
	for (size_t i = 0; broker && i < broker->address_count; i++)
		if (broker->addresses[i].id == 0)
			master = broker->addresses[i].address;
	if (!master)
		bench_die("no route of %s with a master", topic);
	snprintf(address, SCENE_ADDRESS, "%s", master);
	rmqi_route_deinit(&route);
	raw_close(&r);
	rmqi_buf_deinit(&request);
}

void scene_send_header(struct rmqi_h_send_message *h, const char *topic, int32_t queue,
		       const struct rmqi_buf *properties)
{
	*h = (struct rmqi_h_send_message){
		.producerGroup = RMQI_STR(SCENE_GROUP),
		.topic = rmqi_str(topic),
		.defaultTopic = RMQI_STR("TBW102"),
		.defaultTopicQueueNums = 4,
		.queueId = queue,
		.bornTimestamp = rmqi_clock_wall_ms(rmqi_clock_real()),
	};
	RMQI_SET(h, send_message, properties, rmqi_cursor_str(rmqi_buf_cursor(properties)));
	RMQI_SET(h, send_message, reconsumeTimes, 0);
	RMQI_SET(h, send_message, unitMode, false);
	RMQI_SET(h, send_message, batch, false);
	RMQI_SET(h, send_message, bname, RMQI_STR("broker-a"));
}

void scene_properties(struct rmqi_buf *out, uint64_t number)
{
	char id[40];

	snprintf(id, sizeof(id), "7F0000010000%020" PRIu64, number);
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_UNIQ_KEY), rmqi_str(id));
	rmqi_properties_add(out, RMQI_STR(RMQI_PROP_WAIT), RMQI_STR("true"));
}

void scene_body(uint8_t body[SCENE_BODY], uint32_t queue, uint64_t number)
{
	memset(body, 'b', SCENE_BODY);
	memcpy(body, &queue, sizeof(queue));
	memcpy(body + sizeof(queue), &number, sizeof(number));
}

bool scene_read_body(const void *body, size_t len, uint32_t *queue, uint64_t *number)
{
	const uint8_t *bytes = body;

	if (len != SCENE_BODY || bytes[SCENE_BODY - 1] != 'b')
		return false;
	memcpy(queue, bytes, sizeof(*queue));
	memcpy(number, bytes + sizeof(*queue), sizeof(*number));
	return true;
}
