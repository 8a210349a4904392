/* SPDX-License-Identifier: Apache-2.0 */
/* TopicRouteData with its QueueData and BrokerData. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/body_read.h"
#include "codec/body_write.h"
#include "codec/json.h"

/* The keys are Longs: fastjson writes them bare, which is no JSON (doc/reference/json.md). */
static void write_addresses(struct rmqi_jw *w, const struct rmqi_broker_data *b, bool standard_json)
{
	char id[24];

	rmqi_jw_name(w, "brokerAddrs");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < b->address_count; i++) {
		(void)snprintf(id, sizeof(id), "%" PRId64, b->addresses[i].id);
		if (standard_json)
			rmqi_jw_name(w, id);
		else
			rmqi_jw_name_i64(w, b->addresses[i].id);
		rmqi_jw_str(w, rmqi_str(b->addresses[i].address));
	}
	rmqi_jw_close(w, '}');
}

static void write_broker(struct rmqi_jw *w, const struct rmqi_broker_data *b, bool standard_json)
{
	rmqi_jw_open(w, '{');
	write_addresses(w, b, standard_json);
	rmqi_jw_member_str(w, "brokerName", b->broker_name);
	rmqi_jw_member_str(w, "cluster", b->cluster);
	rmqi_jw_member_bool(w, "enableActingMaster", b->enable_acting_master);
	rmqi_jw_member_str(w, "zoneName", b->zone_name);
	rmqi_jw_close(w, '}');
}

static void write_queue_data(struct rmqi_jw *w, const struct rmqi_queue_data *q)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "brokerName", q->broker_name);
	rmqi_jw_member_i64(w, "perm", q->perm);
	rmqi_jw_member_i64(w, "readQueueNums", q->read_queue_nums);
	rmqi_jw_member_i64(w, "topicSysFlag", q->topic_sys_flag);
	rmqi_jw_member_i64(w, "writeQueueNums", q->write_queue_nums);
	rmqi_jw_close(w, '}');
}

static enum rmq_error write_mappings(struct rmqi_jw *w, const struct rmqi_route *r)
{
	enum rmq_error err = RMQ_OK;

	if (r->mapping_count == 0)
		return RMQ_OK;
	rmqi_jw_name(w, "topicQueueMappingByBroker");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < r->mapping_count && err == RMQ_OK; i++) {
		rmqi_jw_name(w, r->mappings[i].broker_name);
		err = rmqi_jw_parsed(w, rmqi_str(r->mappings[i].json));
	}
	rmqi_jw_close(w, '}');
	return err;
}

static enum rmq_error write_filters(struct rmqi_jw *w, const struct rmqi_route *r)
{
	enum rmq_error err = RMQ_OK;

	rmqi_jw_name(w, "filterServerTable");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < r->filter_count && err == RMQ_OK; i++) {
		rmqi_jw_name(w, r->filters[i].address);
		err = rmqi_jw_parsed(w, rmqi_str(r->filters[i].json));
	}
	rmqi_jw_close(w, '}');
	return err;
}

enum rmq_error rmqi_route_encode(const struct rmqi_route *r, bool standard_json,
				 struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out, .is_ascii = standard_json};
	size_t start = out->len;
	enum rmq_error err;

	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "brokerDatas");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < r->broker_count; i++)
		write_broker(&w, &r->brokers[i], standard_json);
	rmqi_jw_close(&w, ']');
	err = write_filters(&w, r);
	rmqi_jw_member_str(&w, "orderTopicConf", r->order_topic_conf);
	rmqi_jw_name(&w, "queueDatas");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < r->queue_count; i++)
		write_queue_data(&w, &r->queues[i]);
	rmqi_jw_close(&w, ']');
	if (err == RMQ_OK)
		err = write_mappings(&w, r);
	rmqi_jw_close(&w, '}');
	if (err == RMQ_OK)
		return rmqi_body_settle(out, start);
	rmqi_buf_cut(out, start);
	return err;
}

static void read_queue_data(const struct rmqi_json *value, struct rmqi_queue_data *q,
			    enum rmq_error *err)
{
	/* QueueData's name for it up to 4.8.0. */
	int32_t old_flag = rmqi_member_i32(value, "topicSynFlag", 0, err);

	q->broker_name = rmqi_member_text_required(value, "brokerName", err);
	q->read_queue_nums = rmqi_member_i32(value, "readQueueNums", 0, err);
	q->write_queue_nums = rmqi_member_i32(value, "writeQueueNums", 0, err);
	q->perm = rmqi_member_i32(value, "perm", 0, err);
	q->topic_sys_flag = rmqi_member_i32(value, "topicSysFlag", old_flag, err);
}

static int compare_addresses(const void *a, const void *b)
{
	const struct rmqi_broker_address *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void read_addresses(const struct rmqi_json *object, struct rmqi_broker_data *b,
			   enum rmq_error *err)
{
	b->addresses = rmqi_body_array(rmqi_json_count(object), sizeof(*b->addresses), err);
	if (!b->addresses)
		return;
	RMQI_JSON_EACH(value, object) {
		struct rmqi_broker_address *a = &b->addresses[b->address_count++];

		if (*err == RMQ_OK && !rmqi_str_to_i64(rmqi_json_name(value), &a->id))
			*err = RMQ_ERR_PROTOCOL;
		a->address = rmqi_text_of(value, err);
	}
	qsort(b->addresses, b->address_count, sizeof(*b->addresses), compare_addresses);
}

void rmqi_body_read_broker(const struct rmqi_json *value, const char *name,
			   struct rmqi_broker_data *b, enum rmq_error *err)
{
	b->broker_name = name ? rmqi_member_text_or(value, "brokerName", name, err)
			      : rmqi_member_text_required(value, "brokerName", err);
	b->cluster = rmqi_member_text_or(value, "cluster", "", err);
	b->zone_name = rmqi_member_text(value, "zoneName", err);
	b->enable_acting_master = rmqi_member_bool(value, "enableActingMaster", false);
	read_addresses(rmqi_member_of_kind(value, "brokerAddrs", RMQI_JSON_OBJECT, err), b, err);
}

static int compare_queue_data(const void *a, const void *b)
{
	const struct rmqi_queue_data *x = a, *y = b;

	return strcmp(x->broker_name, y->broker_name);
}

static int compare_brokers(const void *a, const void *b)
{
	const struct rmqi_broker_data *x = a, *y = b;

	return strcmp(x->broker_name, y->broker_name);
}

static void read_route(const struct rmqi_json *root, struct rmqi_route *r, enum rmq_error *err)
{
	const struct rmqi_json *queues =
		rmqi_member_of_kind(root, "queueDatas", RMQI_JSON_ARRAY, err);
	const struct rmqi_json *brokers =
		rmqi_member_of_kind(root, "brokerDatas", RMQI_JSON_ARRAY, err);

	r->order_topic_conf = rmqi_member_text(root, "orderTopicConf", err);
	r->is_static = rmqi_json_count(rmqi_member(root, "topicQueueMappingByBroker")) > 0;
	r->queues = rmqi_body_array(rmqi_json_count(queues), sizeof(*r->queues), err);
	RMQI_JSON_EACH(value, queues) {
		if (*err == RMQ_OK)
			read_queue_data(value, &r->queues[r->queue_count++], err);
	}
	r->brokers = rmqi_body_array(rmqi_json_count(brokers), sizeof(*r->brokers), err);
	RMQI_JSON_EACH(value, brokers) {
		if (*err == RMQ_OK)
			rmqi_body_read_broker(value, NULL, &r->brokers[r->broker_count++], err);
	}
}

/* qsort may not be given NULL. */
void rmqi_body_sort_brokers(struct rmqi_broker_data *brokers, size_t count)
{
	if (count > 0)
		qsort(brokers, count, sizeof(*brokers), compare_brokers);
}

static void sort_route(struct rmqi_route *r)
{
	if (r->queue_count > 0)
		qsort(r->queues, r->queue_count, sizeof(*r->queues), compare_queue_data);
	rmqi_body_sort_brokers(r->brokers, r->broker_count);
}

enum rmq_error rmqi_route_decode(struct rmqi_cursor body, struct rmqi_route *out)
{
	struct rmqi_route r = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	read_route(root, &r, &err);
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_route_deinit(&r);
		return err;
	}
	sort_route(&r);
	*out = r;
	return RMQ_OK;
}

static bool text_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool queue_data_eq(const struct rmqi_queue_data *a, const struct rmqi_queue_data *b)
{
	return text_eq(a->broker_name, b->broker_name) &&
	       a->read_queue_nums == b->read_queue_nums &&
	       a->write_queue_nums == b->write_queue_nums && a->perm == b->perm &&
	       a->topic_sys_flag == b->topic_sys_flag;
}

static bool broker_eq(const struct rmqi_broker_data *a, const struct rmqi_broker_data *b)
{
	if (!text_eq(a->cluster, b->cluster) || !text_eq(a->broker_name, b->broker_name) ||
	    !text_eq(a->zone_name, b->zone_name) || a->address_count != b->address_count ||
	    a->enable_acting_master != b->enable_acting_master)
		return false;
	for (size_t i = 0; i < a->address_count; i++)
		if (a->addresses[i].id != b->addresses[i].id ||
		    !text_eq(a->addresses[i].address, b->addresses[i].address))
			return false;
	return true;
}

bool rmqi_route_eq(const struct rmqi_route *a, const struct rmqi_route *b)
{
	if (!text_eq(a->order_topic_conf, b->order_topic_conf) || a->is_static != b->is_static ||
	    a->queue_count != b->queue_count || a->broker_count != b->broker_count)
		return false;
	for (size_t i = 0; i < a->queue_count; i++)
		if (!queue_data_eq(&a->queues[i], &b->queues[i]))
			return false;
	for (size_t i = 0; i < a->broker_count; i++)
		if (!broker_eq(&a->brokers[i], &b->brokers[i]))
			return false;
	return true;
}

void rmqi_body_deinit_broker(struct rmqi_broker_data *b)
{
	for (size_t i = 0; i < b->address_count; i++)
		rmqi_free(b->addresses[i].address);
	rmqi_free(b->addresses);
	rmqi_free(b->cluster);
	rmqi_free(b->broker_name);
	rmqi_free(b->zone_name);
}

void rmqi_route_deinit(struct rmqi_route *r)
{
	for (size_t i = 0; i < r->queue_count; i++)
		rmqi_free(r->queues[i].broker_name);
	for (size_t i = 0; i < r->broker_count; i++)
		rmqi_body_deinit_broker(&r->brokers[i]);
	rmqi_free(r->queues);
	rmqi_free(r->brokers);
	rmqi_free(r->order_topic_conf);
	*r = (struct rmqi_route){0};
}
