/* SPDX-License-Identifier: Apache-2.0 */
/* lag.c - how far a group is behind, by queue (ConsumerProgressSubCommand.java). */
#include <stdlib.h>
#include <string.h>

#include "admin/groups.h"
#include "admin/owners.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

static enum rmq_error read_stats(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	(void)detail;
	return rmqi_consume_stats_decode(answer->body, arg);
}

static int compare(const void *a, const void *b)
{
	const struct rmq_queue *x = &((const struct rmq_queue_lag *)a)->queue;
	const struct rmq_queue *y = &((const struct rmq_queue_lag *)b)->queue;
	int order = strcmp(x->topic, y->topic);

	if (order == 0)
		order = strcmp(x->broker_name, y->broker_name);
	return order ? order : (x->queue_id > y->queue_id) - (x->queue_id < y->queue_id);
}

static void add_rows(struct rmq_group_lag *l)
{
	for (size_t i = 0; i < l->stat_count; i++) {
		l->tps += l->stats[i].tps;
		for (size_t k = 0; k < l->stats[i].count; k++) {
			const struct rmqi_consume_stat *s = &l->stats[i].rows[k];

			l->rows[l->count++] = (struct rmq_queue_lag){
				.queue = {s->queue.topic, s->queue.broker_name, s->queue.queue_id},
				.broker_offset = s->broker_offset,
				.consumer_offset = s->consumer_offset,
				.pull_offset = s->pull_offset,
				.last_ms = s->last_ms,
			};
		}
	}
	if (l->count > 0)
		qsort(l->rows, l->count, sizeof(*l->rows), compare);
}

static enum rmq_error add_absent(struct rmq_group_lag *l, struct rmqi_ask *ask)
{
	struct rmq_queue_lag *row = &l->rows[l->count++];
	enum rmq_error err;

	*row = (struct rmq_queue_lag){.broker_offset = -1, .consumer_offset = -1,
				      .pull_offset = -1, .last_ms = -1};
	err = rmqi_broker_row_init(&row->broker, ask);
	row->queue = (struct rmq_queue){"", row->broker.broker_name ? row->broker.broker_name : "",
					-1};
	return err;
}

/* What is handed out and not committed; a broker that does not tell says nothing. */
static int64_t in_flight(const struct rmq_queue_lag *row)
{
	return row->pull_offset > row->consumer_offset ? row->pull_offset - row->consumer_offset : 0;
}

static struct rmq_topic_lag *topic_of(struct rmq_group_lag *l, const char *topic)
{
	struct rmq_topic_lag *last = l->topic_count ? &l->topics[l->topic_count - 1] : NULL;

	if (last && strcmp(last->topic, topic) == 0)
		return last;
	l->topics[l->topic_count] = (struct rmq_topic_lag){.topic = topic};
	return &l->topics[l->topic_count++];
}

/* The rows are in the order of their topics. */
static void sum_up(struct rmq_group_lag *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct rmq_queue_lag *row = &l->rows[i];
		struct rmq_topic_lag *t;

		if (row->broker.error != RMQ_OK)
			continue;
		t = topic_of(l, row->queue.topic);
		t->total += row->broker_offset - row->consumer_offset;
		t->in_flight += in_flight(row);
	}
	for (size_t i = 0; i < l->topic_count; i++) {
		l->total += l->topics[i].total;
		l->in_flight += l->topics[i].in_flight;
	}
}

static enum rmq_error make_rows(struct rmqi_survey *s, struct rmq_group_lag *l)
{
	size_t total = s->count;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < l->stat_count; i++)
		total += l->stats[i].count;
	l->rows = rmqi_calloc(total, sizeof(*l->rows));
	l->topics = rmqi_calloc(total, sizeof(*l->topics));
	if (!l->rows || !l->topics)
		return RMQ_ERR_NO_MEMORY;
	add_rows(l);
	for (size_t i = 0; i < s->count && err == RMQ_OK; i++)
		if (s->asks[i].error != RMQ_OK)
			err = add_absent(l, &s->asks[i]);
	sum_up(l);
	return err;
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     struct rmq_group_lag *l, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	l->stats = rmqi_calloc(s->count, sizeof(*l->stats));
	if (!l->stats)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	l->stat_count = s->count;
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_stats;
		s->asks[i].arg = &l->stats[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	if (err != RMQ_OK)
		return err;
	err = make_rows(s, l);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "out of memory");
	return err;
}

static enum rmq_error check_topic(const char *topic, struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = topic ? rmqi_topic_problem(rmqi_str(topic), why, sizeof(why)) : NULL;

	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s", problem);
}

static enum rmq_error make(struct rmq_admin *a, const char *cluster,
			   const struct rmqi_h_get_consume_stats *h, bool with_owners,
			   int64_t deadline_us, struct rmq_group_lag *l,
			   struct rmq_error_detail *detail)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUME_STATS,
					.desc = &rmqi_desc_get_consume_stats,
					.header = h};
	struct rmqi_survey s;
	enum rmq_error err = rmqi_survey_begin(&s, a, cluster, &request, deadline_us, detail);

	if (err == RMQ_OK)
		err = survey(&s, a, deadline_us, l, detail);
	if (err == RMQ_OK && with_owners)
		err = rmqi_owners_find(a, &s.info, h->consumerGroup, l, deadline_us, detail);
	rmqi_survey_deinit(&s);
	return err;
}

enum rmq_error rmqi_admin_group_lag(struct rmq_admin *a, const char *cluster, const char *group,
				    const char *topic, bool with_owners,
				    const struct rmq_admin_options *options,
				    struct rmq_group_lag **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_consume_stats h = {.consumerGroup = rmqi_str(group)};
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmq_group_lag *l;
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err == RMQ_OK)
		err = check_topic(topic, detail);
	if (err != RMQ_OK)
		return err;
	l = rmqi_calloc(1, sizeof(*l));
	if (!l)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (topic)
		RMQI_SET(&h, get_consume_stats, topic, rmqi_str(topic));
	err = make(a, cluster, &h, with_owners, deadline_us, l, detail);
	if (err == RMQ_OK)
		*out = l;
	else
		rmqi_group_lag_free(l);
	return err;
}

void rmqi_group_lag_free(struct rmq_group_lag *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		rmqi_broker_row_deinit(&l->rows[i].broker);
	for (size_t i = 0; i < l->stat_count; i++)
		rmqi_consume_stats_deinit(&l->stats[i]);
	for (size_t i = 0; i < l->owner_count; i++)
		rmqi_queue_owners_deinit(&l->owners[i]);
	rmqi_free(l->owners);
	rmqi_free(l->stats);
	rmqi_free(l->rows);
	rmqi_free(l->topics);
	rmqi_free(l);
}
