/* SPDX-License-Identifier: Apache-2.0 */
/* HeartbeatData with its ProducerData, ConsumerData and SubscriptionData. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/body.h"
#include "codec/body_read.h"
#include "codec/body_write.h"
#include "codec/json.h"

/* Enum constants in the order of their ordinals. */
static const char *const consume_types[] = {"CONSUME_ACTIVELY", "CONSUME_PASSIVELY", "CONSUME_POP"};
static const char *const message_models[] = {"BROADCASTING", "CLUSTERING"};
static const char *const start_points[] = {
	"CONSUME_FROM_LAST_OFFSET",  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
	"CONSUME_FROM_MIN_OFFSET",   "CONSUME_FROM_MAX_OFFSET",
	"CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP",
};

void rmqi_body_write_subscription(struct rmqi_jw *w, const struct rmqi_subscription *s)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_bool(w, "classFilterMode", false);
	rmqi_jw_name(w, "codeSet");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < s->code_count; i++)
		rmqi_jw_i64(w, s->codes[i]);
	rmqi_jw_close(w, ']');
	rmqi_jw_member_str(w, "expressionType", s->expression_type);
	rmqi_jw_member_str(w, "subString", s->sub_string);
	rmqi_jw_member_i64(w, "subVersion", s->sub_version);
	rmqi_jw_name(w, "tagsSet");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < s->tag_count; i++)
		rmqi_jw_str(w, rmqi_str(s->tags[i]));
	rmqi_jw_close(w, ']');
	rmqi_jw_member_str(w, "topic", s->topic);
	rmqi_jw_close(w, '}');
}

static void write_consumer(struct rmqi_jw *w, const struct rmqi_consumer_data *c)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "consumeFromWhere", c->consume_from_where);
	rmqi_jw_member_str(w, "consumeType", c->consume_type);
	rmqi_jw_member_str(w, "groupName", c->group_name);
	rmqi_jw_member_str(w, "messageModel", c->message_model);
	rmqi_jw_name(w, "subscriptionDataSet");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < c->subscription_count; i++)
		rmqi_body_write_subscription(w, c->subscriptions[i]);
	rmqi_jw_close(w, ']');
	rmqi_jw_member_bool(w, "unitMode", c->unit_mode);
	rmqi_jw_close(w, '}');
}

static void write_producer(struct rmqi_jw *w, const char *group)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "groupName", group);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_heartbeat_encode(const struct rmqi_heartbeat *h, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "clientID", h->client_id);
	rmqi_jw_name(&w, "consumerDataSet");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < h->consumer_count; i++)
		write_consumer(&w, &h->consumers[i]);
	rmqi_jw_close(&w, ']');
	rmqi_jw_member_i64(&w, "heartbeatFingerprint", h->fingerprint);
	rmqi_jw_name(&w, "producerDataSet");
	rmqi_jw_open(&w, '[');
	for (size_t i = 0; i < h->producer_count; i++)
		write_producer(&w, h->producer_groups[i]);
	rmqi_jw_close(&w, ']');
	rmqi_jw_member_bool(&w, "withoutSub", h->without_sub);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

/* fastjson's EnumDeserializer: a number is an ordinal, a text matches in any case, anything else is
 * null. */
static char *read_enum(const struct rmqi_json *object, const char *name, const char *const *texts,
		       size_t count, enum rmq_error *err)
{
	const struct rmqi_json *value = rmqi_member(object, name);
	const char *found = NULL;
	char *copy;

	for (size_t i = 0; i < count; i++) {
		if (rmqi_json_is(value, RMQI_JSON_TEXT) ? strcasecmp(value->text, texts[i]) == 0
							: rmqi_json_is(value, RMQI_JSON_INTEGER) &&
								  value->integer == (int64_t)i)
			found = texts[i];
	}
	if (!found)
		return NULL;
	copy = rmqi_strdup(found);
	if (!copy && *err == RMQ_OK)
		*err = RMQ_ERR_NO_MEMORY;
	return copy;
}

static void read_tags(const struct rmqi_json *array, struct rmqi_subscription *s,
		      enum rmq_error *err)
{
	s->tags = rmqi_body_array(rmqi_json_count(array), sizeof(*s->tags), err);
	RMQI_JSON_EACH(value, array) {
		if (*err == RMQ_OK)
			s->tags[s->tag_count++] = rmqi_text_of(value, err);
	}
}

/* As sent: the broker filters with these and does not compute them again (ConsumerManager.registerConsumer). */
static void read_codes(const struct rmqi_json *array, struct rmqi_subscription *s,
		       enum rmq_error *err)
{
	s->codes = rmqi_body_array(rmqi_json_count(array), sizeof(*s->codes), err);
	RMQI_JSON_EACH(value, array) {
		if (*err != RMQ_OK)
			return;
		if (value->kind != RMQI_JSON_INTEGER || value->integer < INT32_MIN ||
		    value->integer > INT32_MAX)
			*err = RMQ_ERR_PROTOCOL;
		else
			s->codes[s->code_count++] = (int32_t)value->integer;
	}
}

static struct rmqi_subscription *read_subscription(const struct rmqi_json *value,
						   enum rmq_error *err)
{
	struct rmqi_subscription *s;

	if (*err == RMQ_OK && !rmqi_json_is(value, RMQI_JSON_OBJECT))
		*err = RMQ_ERR_PROTOCOL;
	s = rmqi_body_array(1, sizeof(*s), err);
	if (!s)
		return NULL;
	s->topic = rmqi_member_text_required(value, "topic", err);
	/* Java keeps a null, which matches nothing; so does an empty text. */
	s->sub_string = rmqi_member_text_or(value, "subString", "", err);
	s->expression_type = rmqi_member_text_or(value, "expressionType", "TAG", err);
	s->sub_version = rmqi_member_i64(value, "subVersion", 0, err);
	read_tags(rmqi_member_of_kind(value, "tagsSet", RMQI_JSON_ARRAY, err), s, err);
	read_codes(rmqi_member_of_kind(value, "codeSet", RMQI_JSON_ARRAY, err), s, err);
	return s;
}

/* The broker walks these without looking: a null there is its null pointer error. */
static const struct rmqi_json *set_member(const struct rmqi_json *object, const char *name,
					  enum rmq_error *err)
{
	if (rmqi_json_is(rmqi_member(object, name), RMQI_JSON_NULL) && *err == RMQ_OK)
		*err = RMQ_ERR_PROTOCOL;
	return rmqi_member_of_kind(object, name, RMQI_JSON_ARRAY, err);
}

static void read_consumer(const struct rmqi_json *value, struct rmqi_consumer_data *c,
			  enum rmq_error *err)
{
	const struct rmqi_json *set = set_member(value, "subscriptionDataSet", err);

	c->group_name = rmqi_member_text_required(value, "groupName", err);
	c->consume_type =
		read_enum(value, "consumeType", consume_types, RMQI_COUNT(consume_types), err);
	c->message_model =
		read_enum(value, "messageModel", message_models, RMQI_COUNT(message_models), err);
	c->consume_from_where =
		read_enum(value, "consumeFromWhere", start_points, RMQI_COUNT(start_points), err);
	c->unit_mode = rmqi_member_bool(value, "unitMode", false);
	c->subscriptions = rmqi_body_array(rmqi_json_count(set), sizeof(*c->subscriptions), err);
	RMQI_JSON_EACH(one, set) {
		if (*err == RMQ_OK)
			c->subscriptions[c->subscription_count++] = read_subscription(one, err);
	}
}

static void read_producers(const struct rmqi_json *set, struct rmqi_heartbeat *h,
			   enum rmq_error *err)
{
	h->producer_groups =
		rmqi_body_array(rmqi_json_count(set), sizeof(*h->producer_groups), err);
	RMQI_JSON_EACH(value, set) {
		if (*err == RMQ_OK)
			h->producer_groups[h->producer_count++] =
				rmqi_member_text_required(value, "groupName", err);
	}
}

static void read_heartbeat(const struct rmqi_json *root, struct rmqi_heartbeat *h,
			   enum rmq_error *err)
{
	const struct rmqi_json *consumers = set_member(root, "consumerDataSet", err);
	const struct rmqi_json *producers = set_member(root, "producerDataSet", err);

	/* clientId is read as well: names match in any case. */
	h->client_id = rmqi_member_text_required(root, "clientID", err);
	h->fingerprint = rmqi_member_i64(root, "heartbeatFingerprint", 0, err);
	h->without_sub =
		rmqi_member_bool(root, "withoutSub", rmqi_member_bool(root, "isWithoutSub", false));
	read_producers(producers, h, err);
	h->consumers = rmqi_body_array(rmqi_json_count(consumers), sizeof(*h->consumers), err);
	RMQI_JSON_EACH(value, consumers) {
		if (*err == RMQ_OK)
			read_consumer(value, &h->consumers[h->consumer_count++], err);
	}
}

enum rmq_error rmqi_heartbeat_decode(struct rmqi_cursor body, struct rmqi_heartbeat *out)
{
	struct rmqi_heartbeat h = {0};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	read_heartbeat(root, &h, &err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_heartbeat_deinit(&h);
	else
		*out = h;
	return err;
}

void rmqi_subscriptions_list_free(struct rmqi_subscription **subscriptions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_subscription_free(subscriptions[i]);
	rmqi_free(subscriptions);
}

enum rmq_error rmqi_consumer_connection_decode(struct rmqi_cursor body,
					       struct rmqi_subscription ***subscriptions,
					       size_t *count)
{
	struct rmqi_subscription **made;
	const struct rmqi_json *table;
	struct rmqi_json *root;
	size_t done = 0;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	table = rmqi_member_of_kind(root, "subscriptionTable", RMQI_JSON_OBJECT, &err);
	made = rmqi_body_array(rmqi_json_count(table), sizeof(*made), &err);
	RMQI_JSON_EACH(value, table) {
		if (err == RMQ_OK)
			made[done++] = read_subscription(value, &err);
	}
	rmqi_json_free(root);
	if (err != RMQ_OK) {
		rmqi_subscriptions_list_free(made, done);
		return err;
	}
	*subscriptions = made;
	*count = done;
	return RMQ_OK;
}

static void deinit_consumer(struct rmqi_consumer_data *c)
{
	if (c->is_lent)
		rmqi_free(c->subscriptions);
	else
		rmqi_subscriptions_list_free(c->subscriptions, c->subscription_count);
	rmqi_free(c->group_name);
	rmqi_free(c->consume_type);
	rmqi_free(c->message_model);
	rmqi_free(c->consume_from_where);
}

void rmqi_heartbeat_deinit(struct rmqi_heartbeat *h)
{
	for (size_t i = 0; i < h->consumer_count; i++)
		deinit_consumer(&h->consumers[i]);
	rmqi_free(h->consumers);
	rmqi_strings_free(h->producer_groups, h->producer_count);
	rmqi_free(h->client_id);
	*h = (struct rmqi_heartbeat){0};
}

enum rmq_error rmqi_check_client_encode(const char *client_id, const char *group,
					const struct rmqi_subscription *s, struct rmqi_buf *out)
{
	struct rmqi_jw w = {.out = out};
	size_t start = out->len;

	rmqi_jw_open(&w, '{');
	rmqi_jw_member_str(&w, "clientId", client_id);
	rmqi_jw_member_str(&w, "group", group);
	rmqi_jw_name(&w, "subscriptionData");
	rmqi_body_write_subscription(&w, s);
	rmqi_jw_close(&w, '}');
	return rmqi_body_settle(out, start);
}

enum rmq_error rmqi_check_client_decode(struct rmqi_cursor body, struct rmqi_subscription **out)
{
	struct rmqi_subscription *s;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_body_parse(body, &root);

	if (err != RMQ_OK)
		return err;
	s = read_subscription(rmqi_member(root, "subscriptionData"), &err);
	rmqi_json_free(root);
	if (err != RMQ_OK)
		rmqi_subscription_free(s);
	else
		*out = s;
	return err;
}
