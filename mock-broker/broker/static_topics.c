/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/static_topics.h"

#include <stdio.h>
#include <strings.h>

#include "base/mem.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

#define FILE_NAME "topicQueueMapping.json"

void mb_static_topics_deinit(struct mb_static_topics *t)
{
	rmqi_map_deinit(&t->by_name, mb_mapping_free);
}

const struct mb_mapping *mb_static_topic_find(const struct mb_broker *b, struct rmqi_str name)
{
	return rmqi_map_get(&b->static_topics.by_name, name);
}

/* Takes over `m`. */
static enum rmq_error put(struct mb_static_topics *t, struct rmqi_str name, struct mb_mapping *m)
{
	void *old = NULL;
	enum rmq_error err = rmqi_map_set(&t->by_name, name, m, &old);

	mb_mapping_free(err == RMQ_OK ? old : m);
	return err;
}

/* --- The file ----------------------------------------------------------------------------- */

static enum rmq_error read_tables(struct mb_static_topics *t, const struct rmqi_json *root)
{
	enum rmq_error err = RMQ_OK;

	RMQI_JSON_EACH(value, rmqi_json_get(root, "topicQueueMappingInfoMap")) {
		struct mb_mapping *m = NULL;

		if (err == RMQ_OK)
			err = mb_mapping_read(value, &m);
		if (err == RMQ_OK)
			err = put(t, rmqi_json_name(value), m);
	}
	if (err == RMQ_OK)
		mb_version_read(rmqi_json_get(root, "dataVersion"), &t->version);
	return err;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_static_topics *t = arg;
	struct mb_static_topics loaded = {.version = t->version};
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	rmqi_map_init(&loaded.by_name);
	err = rmqi_json_resolve(root);
	if (err == RMQ_OK)
		err = read_tables(&loaded, root);
	rmqi_json_free(root);
	mb_static_topics_deinit(err == RMQ_OK ? t : &loaded);
	if (err == RMQ_OK)
		*t = loaded;
	return err;
}

enum rmq_error mb_static_topics_load(struct mb_broker *b)
{
	rmqi_map_init(&b->static_topics.by_name);
	b->static_topics.version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	return mb_config_file_load(b->store, FILE_NAME, b->log, decode, &b->static_topics);
}

static void changed(struct mb_broker *b)
{
	struct mb_static_topics *t = &b->static_topics;
	struct rmqi_buf text;
	struct rmqi_jw w = {.out = &text, .is_pretty = true};
	struct rmqi_str name;

	mb_version_next(&t->version, mb_broker_wall_ms(b));
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	rmqi_jw_open(&w, '{');
	mb_version_write(&w, &t->version);
	rmqi_jw_name(&w, "topicQueueMappingInfoMap");
	rmqi_jw_open(&w, '{');
	for (size_t i = 0; i < t->by_name.count; i++) {
		const struct mb_mapping *m = rmqi_map_at(&t->by_name, i, &name);

		rmqi_jw_name_str(&w, name);
		mb_mapping_write(&w, m);
	}
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, '}');
	mb_config_file_save(b->store, FILE_NAME, b->log, &text);
	rmqi_buf_deinit(&text);
}

/* --- Changes ------------------------------------------------------------------------------ */

enum rmq_error mb_static_topic_update(struct mb_broker *b, struct mb_mapping *m, bool force,
				      char *problem, size_t size)
{
	struct mb_mapping *old = rmqi_map_get(&b->static_topics.by_name, rmqi_str(m->topic));
	const char *unsound = mb_mapping_problem(m);
	enum rmq_error err = RMQ_OK;

	if (unsound)
		snprintf(problem, size, "%s", unsound);
	if (unsound || (old && !force && !mb_mapping_may_follow(old, m, problem, size)))
		err = RMQ_ERR_STATE;
	else if (old)
		err = mb_mapping_inherit(m, old);
	if (err != RMQ_OK) {
		mb_mapping_free(m);
		return err;
	}
	err = put(&b->static_topics, rmqi_str(m->topic), m);
	if (err == RMQ_OK)
		changed(b);
	return err;
}

void mb_static_topic_delete(struct mb_broker *b, struct rmqi_str name)
{
	struct mb_mapping *m = rmqi_map_remove(&b->static_topics.by_name, name);

	if (!m)
		return;
	mb_mapping_free(m);
	changed(b);
}

/* --- For name servers --------------------------------------------------------------------- */

static char *info_text(const struct mb_mapping *m)
{
	struct rmqi_buf text;
	struct rmqi_jw w = {.out = &text};
	char *copy = NULL;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	mb_mapping_write_info(&w, m);
	if (rmqi_buf_status(&text) == RMQ_OK)
		copy = rmqi_str_dup(rmqi_cursor_str(rmqi_buf_cursor(&text)));
	rmqi_buf_deinit(&text);
	return copy;
}

enum rmq_error mb_static_topics_view(const struct mb_static_topics *t, struct rmqi_str only,
				     struct rmqi_topic_table *out)
{
	if (t->by_name.count == 0)
		return RMQ_OK;
	out->mappings = rmqi_calloc(t->by_name.count, sizeof(*out->mappings));
	if (!out->mappings)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < t->by_name.count; i++) {
		struct rmqi_topic_mapping *row = &out->mappings[out->mapping_count];
		const struct mb_mapping *m = rmqi_map_at(&t->by_name, i, NULL);

		if (only.len && !rmqi_str_is(only, m->topic))
			continue;
		*row = (struct rmqi_topic_mapping){m->topic, m->broker_name, info_text(m)};
		if (!row->json) {
			mb_static_topics_release(out);
			return RMQ_ERR_NO_MEMORY;
		}
		out->mapping_count++;
	}
	return RMQ_OK;
}

void mb_static_topics_release(struct rmqi_topic_table *table)
{
	for (size_t i = 0; i < table->mapping_count; i++)
		rmqi_free(table->mappings[i].json);
	rmqi_free(table->mappings);
	table->mappings = NULL;
	table->mapping_count = 0;
}

/* --- Requests ----------------------------------------------------------------------------- */

/* `lo` false: another broker has looked already. The one-letter header of the newer sends does not carry it
 * (SendMessageRequestHeaderV2.createSendMessageRequestHeaderV1). */
static bool may_look(const struct mb_ticket *t, const struct rmqi_command *c)
{
	struct rmqi_str lo;

	if (t->code == RMQI_REQ_SEND_MESSAGE_V2 || t->code == RMQI_REQ_SEND_BATCH_MESSAGE)
		return true;
	return !rmqi_command_ext(c, "lo", &lo) || (lo.len == 4 && !strncasecmp(lo.ptr, "true", 4));
}

static bool is_send(const struct mb_ticket *t)
{
	return t->code == RMQI_REQ_SEND_MESSAGE || t->code == RMQI_REQ_SEND_MESSAGE_V2 ||
	       t->code == RMQI_REQ_SEND_BATCH_MESSAGE;
}

/* Each processor has its own words. */
static bool refuse(const struct mb_ticket *t, const struct mb_mapping *m, struct rmqi_str topic,
		   int32_t id)
{
	const char *what = "does not exit in request process of current broker";
	const char *tail = "";

	if (t->code == RMQI_REQ_PULL_MESSAGE || t->code == RMQI_REQ_LITE_PULL_MESSAGE)
		what = "cannot find mapping item in request process of current broker";
	if (t->code == RMQI_REQ_GET_MIN_OFFSET) {
		what = "is not leader in broker";
		tail = ", request code 31";
	}
	mb_answer_error(t, RMQI_RESP_NOT_LEADER_FOR_QUEUE, "%.*s-%d %s %s%s", RMQI_STR_ARG(topic),
			(int)id, what, m->broker_name, tail);
	return false;
}

/* TopicQueueMappingDetail.checkIfAsPhysical, and nothing of it has ended. */
static bool is_as_ours(const struct mb_mapped_queue *q)
{
	const struct mb_mapping_part *p = q->parts;

	return q->count == 1 && p->logic_offset == 0 && p->start_offset == 0 && p->end_offset == -1;
}

/* TopicQueueMappingManager.buildTopicQueueMappingContext, rewriteRequestForStaticTopic */
bool mb_place_find(struct mb_broker *b, const struct mb_ticket *t, const struct rmqi_command *c,
		   struct rmqi_str topic, int32_t queue_id, struct mb_place *out)
{
	const struct mb_mapping *m;
	const struct mb_mapped_queue *q;

	*out = (struct mb_place){.asked_id = queue_id, .queue_id = queue_id};
	m = mb_static_topic_find(b, topic);
	if (!m || !may_look(t, c))
		return true;
	if (queue_id < 0 && is_send(t) && m->queue_count > 0)
		out->asked_id = m->queues[0].id;
	q = mb_mapping_queue(m, out->asked_id);
	if (!q || !mb_mapping_leads(m, q))
		return refuse(t, m, topic, queue_id);
	if (!is_as_ours(q)) {
		mb_answer_error(t, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
				"queue %d of static topic %.*s was moved, or does not start at "
				"offset 0: this mock does not serve such queues",
				(int)out->asked_id, RMQI_STR_ARG(topic));
		return false;
	}
	out->is_static = true;
	out->queue_id = q->parts[0].queue_id;
	return true;
}
