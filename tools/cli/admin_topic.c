/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_topic.c - "topic create", "topic show" and -L.
 */
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/modes.h"
#include "tools/cli/table.h"
#include "tools/cli/topics.h"

/* --- create ------------------------------------------------------------------------------------------ */

int topic_settings_check(const struct args *a)
{
	static const enum option_id counts[] = {OPTION_queues, OPTION_read_queues,
						OPTION_write_queues};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (!args_within(a, counts[i], 1, 1024))
			return CLI_USAGE;
	return CLI_OK;
}

enum rmq_error topic_settings_take(const struct args *a, rmq_topic_settings *s,
				   rmq_error_detail **detail)
{
	/* In the order of --permission. */
	static const unsigned permissions[] = {RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE,
					       RMQ_PERMISSION_READ, RMQ_PERMISSION_WRITE, 0};
	enum rmq_error err = RMQ_OK;

	if (args_has(a, OPTION_queues))
		err = rmq_topic_settings_set_queues(s, (int)args_number(a, OPTION_queues, 0), detail);
	if (err == RMQ_OK && args_has(a, OPTION_read_queues))
		err = rmq_topic_settings_set_read_queues(
			s, (int)args_number(a, OPTION_read_queues, 0), detail);
	if (err == RMQ_OK && args_has(a, OPTION_write_queues))
		err = rmq_topic_settings_set_write_queues(
			s, (int)args_number(a, OPTION_write_queues, 0), detail);
	if (err == RMQ_OK && args_has(a, OPTION_permission))
		err = rmq_topic_settings_set_permission(
			s, permissions[args_choice(a, OPTION_permission)], detail);
	if (err == RMQ_OK && args_has(a, OPTION_ordered))
		err = rmq_topic_settings_set_ordered(s, args_choice(a, OPTION_ordered) == 0, detail);
	if (err == RMQ_OK && args_has(a, OPTION_message_type))
		err = rmq_topic_settings_set_attribute(s, "message.type",
						       args_text(a, OPTION_message_type), detail);
	return err;
}

int run_topic_create(const struct args *a)
{
	rmq_topic_settings *settings = NULL;
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = topic_settings_check(a);

	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	settings = rmq_topic_settings_new();
	err = settings ? topic_settings_take(a, settings, &detail) : RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK)
		err = rmq_admin_create_topic(admin.admin, args_text(a, OPTION_cluster), a->words[0],
					     settings, admin.options, &detail);
	rmq_topic_settings_free(settings);
	admin_close(&admin);
	return err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
}

/* --- show -------------------------------------------------------------------------------------------- */

static const struct column columns[] = {
	{"BROKER", "broker", false}, {"QUEUE", "queue", true},       {"MIN", "min", true},
	{"MAX", "max", true},        {"COMMITTED", "committed", true}, {"LAG", "lag", true},
	{"ERROR", "error", false},
};

static void add_number(struct table *t, int64_t number)
{
	if (number >= 0)
		table_number(t, number);
	else
		table_none(t);
}

static void add_row(struct table *t, const rmq_queue_offsets *row)
{
	const struct rmq_queue *queue = rmq_queue_offsets_queue(row);
	int64_t max = rmq_queue_offsets_max(row), committed = rmq_queue_offsets_consumer(row);
	enum rmq_error err = rmq_queue_offsets_error(row);

	table_text(t, queue->broker_name);
	table_number(t, queue->queue_id);
	add_number(t, rmq_queue_offsets_min(row));
	add_number(t, max);
	add_number(t, committed);
	add_number(t, committed >= 0 ? max - committed : -1);
	table_text(t, err == RMQ_OK ? "" : cause_of(err, rmq_queue_offsets_detail(row)));
}

/* A row that has no numbers says why, and is the exit status. */
static int show(const struct args *a, const char *topic)
{
	rmq_error_detail *detail = NULL;
	rmq_topic_offsets *offsets = NULL;
	const rmq_queue_offsets *row;
	struct table *t;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin), printed;

	if (status != CLI_OK)
		return status;
	err = rmq_admin_topic_offsets(admin.admin, topic, args_text(a, OPTION_consumer_group),
				      admin.options, &offsets, &detail);
	admin_close(&admin);
	if (err != RMQ_OK)
		return complain_of(topic, err, detail);
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; t && (row = rmq_topic_offsets_at(offsets, i)); i++) {
		add_row(t, row);
		if (rmq_queue_offsets_error(row) != RMQ_OK)
			status = status_of(rmq_queue_offsets_error(row));
	}
	rmq_topic_offsets_free(offsets);
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_topic_show(const struct args *a)
{
	return show(a, a->words[0]);
}

int run_list(const struct args *a)
{
	const char *topic = args_text(a, OPTION_topic);

	if (!topic && a->word_count)
		topic = a->words[0];
	if (!topic)
		return list_everything(a);
	return show(a, topic);
}
