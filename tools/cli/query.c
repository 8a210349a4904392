/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - the mode -Q: offsets of the queues of a topic. Without -o the first and the next one, with
 * --stored-group what that group has committed; each -o is a row more of each queue.
 */
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/modes.h"
#include "tools/cli/positions.h"
#include "tools/cli/table.h"

static const struct column columns[] = {
	{"BROKER", "broker", false}, {"QUEUE", "queue", true},   {"POSITION", "position", false},
	{"OFFSET", "offset", true},  {"ERROR", "error", false},
};

struct query {
	const struct args *args;
	const char *topic;
	struct admin admin;
	rmq_pull_consumer *consumer;
	struct table *table;
	int status; /* of the last row that failed */
	size_t rows;
};

static void add_row(struct query *q, const rmq_queue_offsets *row, const char *position)
{
	struct rmq_queue queue = *rmq_queue_offsets_queue(row);
	enum rmq_error err = rmq_queue_offsets_error(row);
	rmq_error_detail *detail = NULL;
	struct position p = {0};
	int64_t offset = -1;
	bool is_end;

	queue.topic = q->topic;
	if (err == RMQ_OK && position_read(position, &p, &is_end))
		err = position_find(&p, row, q->consumer, &queue, &offset, &detail);
	if (err == RMQ_OK && p.kind == POSITION_STORED)
		offset = rmq_queue_offsets_consumer(row);
	table_text(q->table, queue.broker_name);
	table_number(q->table, queue.queue_id);
	table_text(q->table, position);
	if (offset >= 0)
		table_number(q->table, offset);
	else
		table_none(q->table);
	table_text(q->table, err == RMQ_OK ? ""
			     : detail      ? cause_of(err, detail)
					   : cause_of(err, rmq_queue_offsets_detail(row)));
	rmq_error_detail_free(detail);
	if (err != RMQ_OK)
		q->status = status_of(err);
	q->rows++;
}

static void add_rows(struct query *q, const rmq_queue_offsets *row)
{
	const char *text;
	size_t at = 0;

	if (!queue_is_wanted(q->args, rmq_queue_offsets_queue(row)))
		return;
	while ((text = args_next(q->args, OPTION_offset, &at)))
		add_row(q, row, text);
	if (args_has(q->args, OPTION_offset))
		return;
	add_row(q, row, "min");
	add_row(q, row, "max");
	if (args_has(q->args, OPTION_stored_group))
		add_row(q, row, "stored");
}

static int ask(struct query *q)
{
	rmq_error_detail *detail = NULL;
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *row;
	enum rmq_error err =
		rmq_admin_topic_offsets(q->admin.admin, q->topic,
					args_text(q->args, OPTION_stored_group), q->admin.options,
					&offsets, &detail);

	if (err != RMQ_OK)
		return complain_of(q->topic, err, detail);
	q->table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; q->table && (row = rmq_topic_offsets_at(offsets, i)); i++)
		add_rows(q, row);
	rmq_topic_offsets_free(offsets);
	if (q->table && table_end(q->table, args_has(q->args, OPTION_json)) == CLI_OK) {
		if (!q->rows)
			complain("%s has no such queue", q->topic);
		return q->rows ? q->status : CLI_FAILED;
	}
	return CLI_FAILED;
}

static int open_consumer(struct query *q)
{
	rmq_error_detail *detail = NULL;
	rmq_config *config;
	enum rmq_error err;
	int status = client_config(q->args, &config);

	if (status != CLI_OK)
		return status;
	err = rmq_pull_consumer_new(config, "TOOLS_CONSUMER", &q->consumer, &detail);
	rmq_config_free(config);
	if (err == RMQ_OK)
		err = rmq_pull_consumer_start(q->consumer, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(q->topic, err, detail);
}

static int check(struct query *q)
{
	const struct args *a = q->args;
	const char *text;
	struct position p = {0};
	bool is_end, has_stored = false;
	size_t at = 0;
	int status = queues_check(a);

	q->topic = args_text(a, OPTION_topic);
	if (!q->topic && a->word_count)
		q->topic = a->words[0];
	if (!q->topic)
		return wrong_usage("-Q needs a topic (-t)");
	while (status == CLI_OK && (text = args_next(a, OPTION_offset, &at))) {
		if (!position_read(text, &p, &is_end))
			status = wrong_usage("-o: min, max, N, -N, stored, s@TIME or e@TIME is "
					     "wanted, not '%s'",
					     text);
		has_stored = has_stored || p.kind == POSITION_STORED;
	}
	if (status == CLI_OK && has_stored && !args_has(a, OPTION_stored_group))
		return wrong_usage("-o stored and --stored-group go together");
	return status;
}

int run_query(const struct args *a)
{
	struct query q = {.args = a};
	int status = check(&q);

	if (status == CLI_OK)
		status = admin_open(a, &q.admin);
	if (status == CLI_OK && args_has(a, OPTION_offset))
		status = open_consumer(&q);
	if (status == CLI_OK)
		status = ask(&q);
	if (q.consumer)
		(void)!rmq_pull_consumer_close(q.consumer, 1000, NULL);
	rmq_pull_consumer_free(q.consumer);
	admin_close(&q.admin);
	return status;
}
