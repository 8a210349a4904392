/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

static void topic_free(void *topic)
{
	struct mb_topic *t = topic;

	if (t)
		rmqi_topic_config_deinit(&t->config);
	rmqi_free(t);
}

void mb_topics_deinit(struct mb_topics *t)
{
	rmqi_map_deinit(&t->by_name, topic_free);
}

struct mb_topic *mb_topic_find(const struct mb_broker *b, struct rmqi_str name)
{
	return rmqi_map_get(&b->topics.by_name, name);
}

struct mb_topic *mb_topic_find_again(struct mb_broker *b, struct rmqi_str name)
{
	struct mb_topic *last = b->topics.last;

	if (last && rmqi_str_eq(rmqi_str_n(last->config.topic_name, last->name_len), name))
		return last;
	last = mb_topic_find(b, name);
	b->topics.last = last;
	return last;
}

bool mb_topic_is_system(const struct mb_broker *b, struct rmqi_str name)
{
	const struct mb_topic *t = mb_topic_find(b, name);

	return rmqi_topic_is_system(name) || (t && t->is_system);
}

static int64_t expiration_of(const char *attributes)
{
	static const char name[] = "\"lite.topic.expiration\":\"";
	const char *at = attributes ? strstr(attributes, name) : NULL;
	struct rmqi_str text;
	int64_t minutes = -1;

	if (at)
		rmqi_str_cut(rmqi_str(at + sizeof(name) - 1), "\"", &text, NULL);
	return at && rmqi_str_to_i64(text, &minutes) ? minutes : -1;
}

static void classify(struct mb_topic *t)
{
	struct rmqi_str name = rmqi_str(t->config.topic_name);
	const char *attributes = t->config.attributes_json;

	t->name_len = name.len;
	t->is_system = t->is_system || rmqi_topic_is_system(name);
	t->is_send_forbidden = rmqi_topic_is_send_forbidden(name);
	t->is_retry = rmqi_topic_is_retry(name);
	t->is_multi_tag = t->config.topic_filter_type &&
			  strcmp(t->config.topic_filter_type, "MULTI_TAG") == 0;
	t->is_compaction =
		attributes && strstr(attributes, "\"cleanup.policy\":\"COMPACTION\"") != NULL;
	t->is_lite = attributes && strstr(attributes, "\"message.type\":\"LITE\"");
	t->is_priority = attributes && strstr(attributes, "\"message.type\":\"PRIORITY\"");
	t->lite_expiration_min = expiration_of(attributes);
}

static int32_t clamp(int32_t queues)
{
	return queues < 0 ? 0 : queues > MB_QUEUES_MAX ? MB_QUEUES_MAX : queues;
}

/* Adds or replaces, nothing else. NULL: memory is out. */
static struct mb_topic *put(struct mb_topics *topics, const struct rmqi_topic_config *config)
{
	struct rmqi_str name = rmqi_str(config->topic_name);
	struct mb_topic *t = rmqi_map_get(&topics->by_name, name);
	struct rmqi_topic_config copy = {0};

	if (rmqi_topic_config_copy(&copy, config) != RMQ_OK)
		return NULL;
	if (!t) {
		t = rmqi_calloc(1, sizeof(*t));
		if (!t || rmqi_map_set(&topics->by_name, name, t, NULL) != RMQ_OK) {
			rmqi_topic_config_deinit(&copy);
			rmqi_free(t);
			return NULL;
		}
	}
	rmqi_topic_config_deinit(&t->config);
	t->config = copy;
	t->config.read_queue_nums = clamp(copy.read_queue_nums);
	t->config.write_queue_nums = clamp(copy.write_queue_nums);
	classify(t);
	return t;
}

static enum rmq_error boot_topic(struct mb_broker *b, const char *name, int64_t queues, int perm)
{
	struct rmqi_topic_config config = {0};
	struct mb_topic *t = NULL;

	if (rmqi_topic_config_init(&config, name, (int32_t)queues, (int32_t)queues, perm) == RMQ_OK)
		t = put(&b->topics, &config);
	rmqi_topic_config_deinit(&config);
	if (!t)
		return RMQ_ERR_NO_MEMORY;
	t->is_system = true;
	return RMQ_OK;
}

/* TopicConfigManager.init */
static enum rmq_error boot_topics(struct mb_broker *b)
{
	const struct mb_broker_config *c = b->config;
	char reply[256], revive[256], members[256];
	const struct {
		const char *name;
		int64_t queues;
		int perm;
		bool is_wanted;
	} all[] = {
		{"SELF_TEST_TOPIC", 1, 6, true},
		{RMQI_DEFAULT_TOPIC, c->default_topic_queue_nums, 7, c->auto_create_topic},
		{"BenchmarkTest", 1024, 6, true},
		{c->broker_cluster_name, 16, c->cluster_topic ? 7 : 1, true},
		{c->broker_name, 1, c->broker_topic ? 7 : 1, true},
		{"OFFSET_MOVED_EVENT", 1, 6, true},
		{RMQI_TOPIC_SCHEDULE, MB_DELAY_LEVEL_COUNT, 6, true},
		{c->trace_topic_name, 1, 6, c->trace_topic},
		{reply, 1, 6, true},
		{revive, c->revive_queue_num, 6, c->release >= MB_RELEASE_5_3},
		{members, 1, 1, c->release >= MB_RELEASE_5_3},
		{RMQI_TOPIC_HALF, 1, 6, true},
		{RMQI_TOPIC_OP_HALF, 1, 6, true},
		{"rmq_sys_wheel_timer", 1, 6, c->timer_wheel && c->release >= MB_RELEASE_5_3},
		{"RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC", 1, 6, c->release >= MB_RELEASE_5_4},
		{"RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC", 1, 6, c->release >= MB_RELEASE_5_4},
	};
	enum rmq_error err = RMQ_OK;

	snprintf(reply, sizeof(reply), "%s_REPLY_TOPIC", c->broker_cluster_name);
	snprintf(revive, sizeof(revive), "rmq_sys_REVIVE_LOG_%s", c->broker_cluster_name);
	snprintf(members, sizeof(members), "rmq_sys_SYNC_BROKER_MEMBER_%s", c->broker_name);
	for (size_t i = 0; i < RMQI_COUNT(all) && err == RMQ_OK; i++) {
		if (all[i].is_wanted)
			err = boot_topic(b, all[i].name, all[i].queues, all[i].perm);
	}
	return err;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_broker *b = arg;
	struct rmqi_topic_table table = {0};
	enum rmq_error err = rmqi_topic_table_decode_file(text, &table);
	char problem[256];

	for (size_t i = 0; i < table.topic_count && err == RMQ_OK; i++) {
		/* A name becomes the name of a folder. */
		if (!table.topics[i].topic_name ||
		    rmqi_topic_problem(rmqi_str(table.topics[i].topic_name), problem,
				       sizeof(problem)))
			continue;
		if (!put(&b->topics, &table.topics[i]))
			err = RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		b->topics.version = table.version;
	rmqi_topic_table_deinit(&table);
	return err;
}

enum rmq_error mb_topics_load(struct mb_broker *b)
{
	enum rmq_error err;

	rmqi_map_init(&b->topics.by_name);
	b->topics.version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	err = boot_topics(b);
	return err == RMQ_OK ? mb_config_file_load(b->store, "topics.json", b->log, decode, b)
			     : err;
}

static int by_name(const void *a, const void *b)
{
	const struct rmqi_topic_config *x = a, *y = b;

	return strcmp(x->topic_name, y->topic_name);
}

enum rmq_error mb_topics_view(const struct mb_topics *t, struct rmqi_topic_table *out)
{
	struct rmqi_topic_config *all = rmqi_calloc(t->by_name.count, sizeof(*all));

	if (!all)
		return RMQ_ERR_NO_MEMORY;
	for (size_t i = 0; i < t->by_name.count; i++)
		all[i] = ((const struct mb_topic *)rmqi_map_at(&t->by_name, i, NULL))->config;
	qsort(all, t->by_name.count, sizeof(*all), by_name);
	*out = (struct rmqi_topic_table){
		.topics = all, .topic_count = t->by_name.count, .version = t->version};
	return RMQ_OK;
}

void mb_topics_save(struct mb_broker *b)
{
	struct rmqi_topic_table table = {0};
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = mb_topics_view(&b->topics, &table);
	if (err == RMQ_OK)
		err = rmqi_topic_table_encode_file(&table, &text);
	if (err == RMQ_OK)
		mb_config_file_save(b->store, "topics.json", b->log, &text);
	else
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: topics.json: %s", rmq_error_text(err));
	rmqi_free(table.topics);
	rmqi_buf_deinit(&text);
}

static void changed(struct mb_broker *b, const struct mb_topic *t)
{
	mb_version_next(&b->topics.version, mb_broker_wall_ms(b));
	mb_topics_save(b);
	b->topics.announce(b, t);
}

struct mb_topic *mb_topic_ensure(struct mb_broker *b, struct rmqi_str name, int32_t queues,
				 int32_t perm, int32_t sys_flag, bool is_order)
{
	struct mb_topic *t = mb_topic_find(b, name);
	struct rmqi_topic_config config = {0};
	char *text;

	if (t)
		return t;
	text = rmqi_str_dup(name);
	if (text && rmqi_topic_config_init(&config, text, queues, queues, perm) == RMQ_OK) {
		config.topic_sys_flag = sys_flag;
		config.order = is_order;
		t = put(&b->topics, &config);
	}
	rmqi_free(text);
	rmqi_topic_config_deinit(&config);
	if (t)
		changed(b, t);
	return t;
}

struct mb_topic *mb_topic_auto_create(struct mb_broker *b, struct rmqi_str name,
				      struct rmqi_str default_topic, int32_t queues, bool is_unit)
{
	const struct mb_topic *from = mb_topic_find(b, default_topic);
	int32_t perm;

	if (!from)
		return NULL;
	perm = from->config.perm;
	if (rmqi_str_is(default_topic, RMQI_DEFAULT_TOPIC) && !b->config->auto_create_topic)
		perm = RMQI_PERM_READ | RMQI_PERM_WRITE;
	if (!(perm & RMQI_PERM_INHERIT))
		return NULL;
	if (queues > from->config.write_queue_nums)
		queues = from->config.write_queue_nums;
	if (queues < 0)
		queues = 0;
	return mb_topic_ensure(b, name, queues, perm & ~RMQI_PERM_INHERIT, is_unit ? 1 : 0, false);
}

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "{}", b ? b : "{}") == 0;
}

static bool is_same(const struct rmqi_topic_config *a, const struct rmqi_topic_config *b)
{
	return a->read_queue_nums == b->read_queue_nums &&
	       a->write_queue_nums == b->write_queue_nums && a->perm == b->perm &&
	       a->topic_sys_flag == b->topic_sys_flag && a->order == b->order &&
	       is_same_text(a->topic_filter_type, b->topic_filter_type) &&
	       is_same_text(a->attributes_json, b->attributes_json);
}

enum rmq_error mb_topic_update(struct mb_broker *b, const struct rmqi_topic_config *config)
{
	const struct mb_topic *t = mb_topic_find(b, rmqi_str(config->topic_name));

	return t && is_same(&t->config, config) ? RMQ_OK : mb_topic_replace(b, config);
}

enum rmq_error mb_topic_replace(struct mb_broker *b, const struct rmqi_topic_config *config)
{
	const struct mb_topic *t = put(&b->topics, config);

	if (!t)
		return RMQ_ERR_NO_MEMORY;
	changed(b, t);
	return RMQ_OK;
}

void mb_topic_delete(struct mb_broker *b, struct rmqi_str name)
{
	struct mb_topic *t = rmqi_map_remove(&b->topics.by_name, name);
	enum rmq_error err;

	b->topics.last = NULL;
	mb_static_topic_delete(b, name);
	mb_offsets_remove_topic(&b->offsets, name);
	mb_pops_forget_topic(b, name);
	if (t && t->is_lite)
		mb_lites_forget_parent(b, name);
	if (!t)
		return;
	err = mb_store_delete_topic(b->store, name);
	if (err != RMQ_OK)
		RMQI_LOG(b->log, RMQ_LOG_ERROR, "broker: queues of %s are not deleted: %s",
			 t->config.topic_name, rmq_error_text(err));
	topic_free(t);
	mb_version_next(&b->topics.version, mb_broker_wall_ms(b));
	mb_topics_save(b);
}

static bool table_has(const struct rmqi_topic_table *table, const char *name)
{
	for (size_t i = 0; i < table->topic_count; i++)
		if (table->topics[i].topic_name && strcmp(table->topics[i].topic_name, name) == 0)
			return true;
	return false;
}

/* Topics that the master does not have any more. Their queues stay (SlaveSynchronize.java): a master that has lost its
 * table may find it again, and what the log says of a new topic of that name begins with 0. */
static void drop_unknown(struct mb_broker *b, const struct rmqi_topic_table *table)
{
	for (size_t i = 0; i < b->topics.by_name.count;) {
		struct mb_topic *t = rmqi_map_at(&b->topics.by_name, i, NULL);

		if (t->is_system || table_has(table, t->config.topic_name)) {
			i++;
			continue;
		}
		mb_static_topic_delete(b, rmqi_str(t->config.topic_name));
		/* Another one takes its place. */
		rmqi_map_remove(&b->topics.by_name, rmqi_str(t->config.topic_name));
		topic_free(t);
	}
}

enum rmq_error mb_topics_take(struct mb_broker *b, struct rmqi_cursor text)
{
	struct rmqi_topic_table table = {0};
	enum rmq_error err = rmqi_topic_table_decode_file(text, &table);

	if (err != RMQ_OK)
		return err;
	if (!mb_version_is(&table.version, &b->topics.version)) {
		b->topics.last = NULL;
		drop_unknown(b, &table);
		err = decode(b, text);
		b->topics.last = NULL;
		mb_topics_save(b);
		mb_registrar_register_all(b);
	}
	rmqi_topic_table_deinit(&table);
	return err;
}

const char *mb_topic_text(const struct mb_topic *t, char *buf, size_t size)
{
	const struct rmqi_topic_config *c = &t->config;

	snprintf(buf, size,
		 "TopicConfig [topicName=%s, readQueueNums=%d, writeQueueNums=%d, perm=%s%s%s, "
		 "topicFilterType=%s, topicSysFlag=%d, order=%s, attributes=%s]",
		 c->topic_name, (int)c->read_queue_nums, (int)c->write_queue_nums,
		 c->perm & RMQI_PERM_READ ? "R" : "-", c->perm & RMQI_PERM_WRITE ? "W" : "-",
		 c->perm & RMQI_PERM_INHERIT ? "X" : "-",
		 c->topic_filter_type ? c->topic_filter_type : "SINGLE_TAG", (int)c->topic_sys_flag,
		 c->order ? "true" : "false", c->attributes_json ? c->attributes_json : "{}");
	return buf;
}
