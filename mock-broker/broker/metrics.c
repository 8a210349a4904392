/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/metrics.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/broker/internal.h"

/* The page of one family of one broker. */
struct sheet {
	struct mb_broker *b;
	struct rmqi_buf *out;
	const char *name;
	size_t rows;
};

struct family {
	const char *name;
	const char *type;
	const char *help;
	void (*write)(struct sheet *s);
};

/* Begins a sample: its name and the labels that all have. False: there are enough. */
static bool begin_as(struct sheet *s, const char *suffix)
{
	if (s->rows++ >= MB_METRIC_ROWS_MAX)
		return false;
	rmqi_buf_addf(s->out, "%s%s{node_type=\"broker\",", s->name, suffix);
	mb_metric_write_label(s->out, "cluster", rmqi_str(s->b->config->broker_cluster_name));
	rmqi_buf_add_u8(s->out, ',');
	mb_metric_write_label(s->out, "node_id", rmqi_str(s->b->config->broker_name));
	if (s->b->config->broker_id) /* a slave has its master's name */
		rmqi_buf_addf(s->out, ",broker_id=\"%lld\"",
			      (long long)s->b->config->broker_id);
	return true;
}

static bool begin(struct sheet *s)
{
	return begin_as(s, "");
}

static void label(struct sheet *s, const char *name, struct rmqi_str value)
{
	rmqi_buf_add_u8(s->out, ',');
	mb_metric_write_label(s->out, name, value);
}

static void flag(struct sheet *s, const char *name, bool value)
{
	label(s, name, rmqi_str(value ? "true" : "false"));
}

static void end(struct sheet *s, int64_t value)
{
	rmqi_buf_addf(s->out, "} %lld\n", (long long)value);
}

static void one(struct sheet *s, int64_t value)
{
	if (begin(s))
		end(s, value);
}

/* TopicMessageType.getMetricsValue; the last one: what did not come by a send. */
static const char *const types[MB_MESSAGE_TYPES + 1] = {"normal", "fifo", "delay", "transaction",
							 "unspecified"};

/* Labels of what came in. */
static void label_in(struct sheet *s, struct rmqi_str topic, const char *type)
{
	label(s, "topic", topic);
	label(s, "message_type", rmqi_str(type));
	flag(s, "is_retry", rmqi_topic_is_retry(topic));
	flag(s, "is_system", mb_topic_is_system(s->b, topic));
}

static void write_topic_in(struct sheet *s, struct rmqi_str topic, const struct mb_figure *figure)
{
	uint64_t counts[MB_MESSAGE_TYPES + 1] = {0};
	uint64_t rest = mb_figure_total(figure);

	for (size_t i = 0; i < MB_MESSAGE_TYPES && figure->sizes; i++) {
		counts[i] = figure->sizes->of[i].messages;
		rest -= counts[i];
	}
	counts[MB_MESSAGE_TYPES] = rest;
	for (size_t i = 0; i < RMQI_COUNT(counts); i++) {
		if (counts[i] == 0)
			continue;
		if (!begin(s))
			return;
		label_in(s, topic, types[i]);
		end(s, (int64_t)counts[i]);
	}
}

static void write_messages_in(struct sheet *s)
{
	struct mb_figures *f = &s->b->figures;
	struct rmqi_str topic;

	for (size_t i = 0; i < f->topics.count; i++) {
		const struct mb_figure *figure = rmqi_map_at(&f->topics, i, &topic);

		write_topic_in(s, topic, figure);
	}
}

static void write_bucket(struct sheet *s, struct rmqi_str topic, size_t type, const char *bound,
			 uint64_t value)
{
	if (!begin_as(s, "_bucket"))
		return;
	label_in(s, topic, types[type]);
	label(s, "le", rmqi_str(bound));
	end(s, (int64_t)value);
}

static void write_sum(struct sheet *s, const char *suffix, struct rmqi_str topic, size_t type,
		      uint64_t value)
{
	if (!begin_as(s, suffix))
		return;
	label_in(s, topic, types[type]);
	end(s, (int64_t)value);
}

/* All rows of a histogram, or none. */
static void write_histogram(struct sheet *s, struct rmqi_str topic, const struct mb_sizes *sizes,
			    size_t type)
{
	uint64_t upto = 0;
	char bound[32];

	if (sizes->of[type].messages == 0 || s->rows + MB_SIZE_BOUNDS + 3 > MB_METRIC_ROWS_MAX)
		return;
	for (size_t i = 0; i < MB_SIZE_BOUNDS; i++) {
		upto += sizes->of[type].sends[i];
		snprintf(bound, sizeof(bound), "%lld.0", (long long)mb_size_bounds[i]);
		write_bucket(s, topic, type, bound, upto);
	}
	upto += sizes->of[type].sends[MB_SIZE_BOUNDS];
	write_bucket(s, topic, type, "+Inf", upto);
	write_sum(s, "_sum", topic, type, sizes->of[type].bytes);
	write_sum(s, "_count", topic, type, upto);
}

static void write_message_sizes(struct sheet *s)
{
	struct mb_figures *f = &s->b->figures;
	struct rmqi_str topic;

	for (size_t i = 0; i < f->topics.count; i++) {
		const struct mb_figure *figure = rmqi_map_at(&f->topics, i, &topic);

		for (size_t type = 0; type < MB_MESSAGE_TYPES && figure->sizes; type++)
			write_histogram(s, topic, figure->sizes, type);
	}
}

static void write_messages_out(struct sheet *s)
{
	struct mb_figures *f = &s->b->figures;
	struct rmqi_str key, topic, group;

	for (size_t i = 0; i < f->groups.count; i++) {
		const struct mb_figure *figure = rmqi_map_at(&f->groups, i, &key);

		if (!begin(s))
			return;
		group = rmqi_str_cut(key, "@", &topic, NULL);
		label(s, "topic", topic);
		label(s, "consumer_group", group);
		flag(s, "is_retry", rmqi_topic_is_retry(topic));
		flag(s, "is_system", mb_topic_is_system(s->b, topic));
		end(s, (int64_t)mb_figure_total(figure));
	}
}

static void write_throughput_in(struct sheet *s)
{
	one(s, (int64_t)s->b->put_bytes);
}

/* What is there for a group in one topic. */
struct lag {
	int64_t messages;
	int64_t inflight; /* handed out and not committed */
	int64_t oldest_ms; /* since the first that is not committed was stored */
};

static void add_queue(const struct sheet *s, const struct mb_group_offsets *g,
		      const struct mb_queue_offsets *row, struct lag *lag)
{
	struct mb_store *store = s->b->store;
	/* Of light queues only what needs no mapping: there may be a hundred thousand. */
	bool is_light = row->queue_id == 0 && rmqi_str_has_prefix(g->topic, "%LMQ%");
	int64_t max = is_light ? mb_store_light_max(store, g->topic)
			       : mb_store_max_offset(store, g->topic, row->queue_id);
	int64_t behind = max - row->committed;
	int64_t stored_ms, age_ms;

	if (row->pulled > row->committed)
		lag->inflight += row->pulled - row->committed;
	if (behind <= 0)
		return;
	lag->messages += behind;
	if (is_light)
		return;
	stored_ms = mb_store_time_at(store, g->topic, row->queue_id, row->committed);
	age_ms = mb_broker_wall_ms(s->b) - stored_ms;
	if (stored_ms > 0 && age_ms > lag->oldest_ms)
		lag->oldest_ms = age_ms;
}

static struct lag lag_of(const struct sheet *s, const struct mb_group_offsets *g)
{
	struct lag lag = {0};

	for (size_t i = 0; i < g->count; i++) {
		if (g->rows[i].committed != MB_NO_OFFSET)
			add_queue(s, g, &g->rows[i], &lag);
	}
	return lag;
}

static void write_lags(struct sheet *s, int64_t (*value)(const struct lag *lag))
{
	const struct rmqi_map *table = &s->b->offsets.table;

	for (size_t i = 0; i < table->count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(table, i, NULL);
		struct lag lag;

		if (!mb_group_offsets_committed(g))
			continue;
		if (!begin(s))
			return;
		lag = lag_of(s, g);
		label(s, "topic", g->topic);
		label(s, "consumer_group", g->group);
		flag(s, "is_retry", rmqi_topic_is_retry(g->topic));
		flag(s, "is_system", mb_topic_is_system(s->b, g->topic));
		end(s, value(&lag));
	}
}

static int64_t lag_messages(const struct lag *lag)
{
	return lag->messages;
}

static int64_t lag_latency(const struct lag *lag)
{
	return lag->oldest_ms;
}

static int64_t lag_inflight(const struct lag *lag)
{
	return lag->inflight;
}

static void write_lag_messages(struct sheet *s)
{
	write_lags(s, lag_messages);
}

static void write_lag_latency(struct sheet *s)
{
	write_lags(s, lag_latency);
}

static void write_inflight(struct sheet *s)
{
	write_lags(s, lag_inflight);
}

/* Clients of one language and version. */
struct kind {
	int32_t language;
	int32_t version;
	int64_t count;
};

enum { KINDS_MAX = 64 };

static void count_kinds(const struct mb_client_group *g, struct kind *kinds, size_t *count)
{
	RMQI_LIST_EACH(node, &g->channels)
	{
		const struct mb_channel *ch = RMQI_LIST_ITEM(node, struct mb_channel, of_group);
		size_t at = 0;

		while (at < *count && (kinds[at].language != ch->language ||
				       kinds[at].version != ch->version))
			at++;
		if (at == KINDS_MAX)
			continue;
		if (at == *count)
			kinds[(*count)++] = (struct kind){ch->language, ch->version, 0};
		kinds[at].count++;
	}
}

/* `group` NULL: of producers, whatever their groups. */
static void write_kinds(struct sheet *s, const struct mb_client_group *group,
			const struct kind *kinds, size_t count)
{
	char version[16];

	for (size_t i = 0; i < count && begin(s); i++) {
		snprintf(version, sizeof(version), "%d", (int)kinds[i].version);
		if (group)
			label(s, "consumer_group", rmqi_str(group->name));
		label(s, "language", rmqi_str(mb_language_name(kinds[i].language)));
		label(s, "version", rmqi_str(version));
		label(s, "protocol_type", RMQI_STR("remoting"));
		if (group)
			label(s, "consume_mode",
			      rmqi_str(group->is_broadcasting ? "broadcasting" : "clustering"));
		end(s, kinds[i].count);
	}
}

static void write_producers(struct sheet *s)
{
	const struct rmqi_map *groups = &s->b->clients.producers;
	struct kind kinds[KINDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < groups->count; i++)
		count_kinds(rmqi_map_at(groups, i, NULL), kinds, &count);
	write_kinds(s, NULL, kinds, count);
}

static void write_consumers(struct sheet *s)
{
	const struct rmqi_map *groups = &s->b->clients.consumers;

	for (size_t i = 0; i < groups->count; i++) {
		const struct mb_client_group *g = rmqi_map_at(groups, i, NULL);
		struct kind kinds[KINDS_MAX];
		size_t count = 0;

		count_kinds(g, kinds, &count);
		write_kinds(s, g, kinds, count);
	}
}

static void write_permission(struct sheet *s)
{
	one(s, s->b->config->broker_permission);
}

static void write_topic_number(struct sheet *s)
{
	one(s, (int64_t)s->b->topics.by_name.count);
}

static void write_group_number(struct sheet *s)
{
	one(s, (int64_t)s->b->groups.by_name.count);
}

static void one_stored(struct sheet *s, int64_t value)
{
	if (!begin(s))
		return;
	label(s, "storage_type", RMQI_STR("local"));
	label(s, "storage_medium", RMQI_STR("disk"));
	end(s, value);
}

static void write_storage_size(struct sheet *s)
{
	one_stored(s, mb_store_max_physical_offset(s->b->store) -
			      mb_store_min_physical_offset(s->b->store));
}

static void write_flush_behind(struct sheet *s)
{
	one_stored(s, mb_store_max_physical_offset(s->b->store) -
			      mb_store_flushed_offset(s->b->store));
}

/* Queues are written with the record. */
static void write_dispatch_behind(struct sheet *s)
{
	one_stored(s, 0);
}

static void write_reserve_time(struct sheet *s)
{
	int64_t first_ms = mb_broker_earliest_ms(s->b);

	one_stored(s, first_ms < 0 ? 0 : mb_broker_wall_ms(s->b) - first_ms);
}

static const struct family families[] = {
	{"rocketmq_messages_in_total", "counter", "Messages stored.", write_messages_in},
	{"rocketmq_messages_out_total", "counter", "Messages handed out.", write_messages_out},
	{"rocketmq_throughput_in_total", "counter", "Bytes of messages stored.",
	 write_throughput_in},
	{"rocketmq_message_size", "histogram", "Bytes of a message that was sent, as stored.",
	 write_message_sizes},
	{"rocketmq_consumer_lag_messages", "gauge", "Messages that are not committed.",
	 write_lag_messages},
	{"rocketmq_consumer_lag_latency_milliseconds", "gauge",
	 "Age of the oldest message that is not committed.", write_lag_latency},
	{"rocketmq_consumer_inflight_messages", "gauge",
	 "Messages that were pulled and are not committed.", write_inflight},
	{"rocketmq_producer_connections", "gauge", "Producers that are connected.",
	 write_producers},
	{"rocketmq_consumer_connections", "gauge", "Consumers that are connected.",
	 write_consumers},
	{"rocketmq_broker_permission", "gauge", "brokerPermission.", write_permission},
	{"rocketmq_topic_number", "gauge", "Topics.", write_topic_number},
	{"rocketmq_consumer_group_number", "gauge", "Subscription groups.", write_group_number},
	{"rocketmq_storage_size_bytes", "gauge", "Bytes of the commit log.", write_storage_size},
	{"rocketmq_storage_flush_behind_bytes", "gauge", "Bytes that are not flushed.",
	 write_flush_behind},
	{"rocketmq_storage_dispatch_behind_bytes", "gauge", "Bytes that stand in no queue yet.",
	 write_dispatch_behind},
	{"rocketmq_storage_message_reserve_time_milliseconds", "gauge",
	 "Age of the oldest record of the commit log.", write_reserve_time},
};

size_t mb_metric_count(void)
{
	return RMQI_COUNT(families);
}

void mb_metric_head(size_t family, enum mb_metric_form form, struct rmqi_buf *out)
{
	mb_metric_write_head(out, form, families[family].name, families[family].type,
			     families[family].help);
}

void mb_metric_rows(size_t family, struct mb_broker *b, struct rmqi_buf *out)
{
	struct sheet s = {.b = b, .out = out, .name = families[family].name};

	families[family].write(&s);
}
