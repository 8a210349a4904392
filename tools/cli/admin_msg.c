/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_msg.c - "msg id", "msg uniq", "msg key", "msg at" and "msg range": messages without a consumer.
 */
#include "tools/cli/admin_msg.h"

#include <stdlib.h>
#include <string.h>

#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/message_tell.h"
#include "tools/cli/output.h"
#include "tools/cli/render.h"
#include "tools/cli/values.h"

enum { COUNT_MAX = 100000 };

/* --- What is looked for ------------------------------------------------------------------------------------- */

/* "BROKER:N"; the queue's name of the broker is in `broker`. */
static bool read_place(const char *text, char *broker, size_t size, struct rmq_queue *out)
{
	const char *colon = strrchr(text, ':');
	int64_t number;

	if (!colon || colon == text || (size_t)(colon - text) >= size ||
	    !value_number(colon + 1, 0, INT32_MAX, &number))
		return false;
	memcpy(broker, text, (size_t)(colon - text));
	broker[colon - text] = '\0';
	out->broker_name = broker;
	out->queue_id = (int32_t)number;
	return true;
}

static int take_queue(const struct args *a, rmq_message_query *query)
{
	const char *text = args_text(a, OPTION_queue);
	struct rmq_queue queue = {"", "", 0};
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	char broker[256];

	if (!text)
		return CLI_OK;
	if (args_times(a, OPTION_queue) > 1 || !read_place(text, broker, sizeof(broker), &queue))
		return wrong_usage("-p: one BROKER:N is wanted");
	err = rmq_message_query_set_queue(query, &queue, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of("-p", err, detail);
}

static int take_times(const struct args *a, rmq_message_query *query)
{
	const char *until = args_text(a, OPTION_to);
	int64_t begin = args_time(a, OPTION_from, 0), end = INT64_MAX;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	if (!until && !args_has(a, OPTION_from))
		return CLI_OK;
	if (until && !value_time(until, value_now(), &end))
		return wrong_usage("--to: a time is wanted, not '%s'", until);
	if (begin > end)
		return wrong_usage("--from is later than --to");
	err = rmq_message_query_set_times(query, begin, end, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of("--from and --to", err, detail);
}

int message_query_take(const struct args *a, rmq_message_query **out)
{
	rmq_error_detail *detail = NULL;
	rmq_message_query *query;
	enum rmq_error err = RMQ_OK;
	int status;

	if (!args_within(a, OPTION_count, 1, COUNT_MAX))
		return CLI_USAGE;
	query = rmq_message_query_new();
	if (!query)
		return complain_of("messages", RMQ_ERR_NO_MEMORY, NULL);
	if (args_has(a, OPTION_count))
		err = rmq_message_query_set_max(query, (int)args_number(a, OPTION_count, 0), &detail);
	status = err == RMQ_OK ? take_times(a, query) : complain_of("-c", err, detail);
	if (status == CLI_OK)
		status = take_queue(a, query);
	if (status == CLI_OK)
		*out = query;
	else
		rmq_message_query_free(query);
	return status;
}

/* --- How it is printed -------------------------------------------------------------------------------------- */

int unanswered_tell(const rmq_unanswered *u)
{
	complain("%s: %s", rmq_unanswered_broker(u),
		 cause_of(rmq_unanswered_error(u), rmq_unanswered_detail(u)));
	return status_of(rmq_unanswered_error(u));
}

/* `render` NULL: for people. */
static int print_found(const struct render *render, const rmq_found_messages *found)
{
	struct text out = {0};
	const rmq_unanswered *u;
	const rmq_message *m;
	int status = CLI_OK;

	for (size_t i = 0; (m = rmq_found_messages_at(found, i)); i++) {
		if (render)
			render_message(render, m, &out);
		else
			message_tell(m, &out);
		if (!render && rmq_found_messages_at(found, i + 1))
			text_addc(&out, '\n');
		if (!output_take(&out)) {
			status = CLI_FAILED;
			break;
		}
	}
	text_free(&out);
	for (size_t i = 0; (u = rmq_found_messages_unanswered_at(found, i)); i++)
		status = unanswered_tell(u);
	return status;
}

/* --- The commands ------------------------------------------------------------------------------------------- */

struct look {
	const struct args *args;
	const char *topic; /* NULL: not told */
	const char *what;  /* the id, the key */
	struct rmq_queue queue;
	int64_t offset;
	rmq_message_query *query;
	struct admin admin;
	rmq_found_messages *found;
};

typedef enum rmq_error look_function(struct look *l, rmq_error_detail **detail);

static enum rmq_error look_offset_id(struct look *l, rmq_error_detail **detail)
{
	return rmq_admin_messages_by_offset_id(l->admin.admin, l->topic, l->what, l->admin.options,
					       &l->found, detail);
}

static enum rmq_error look_unique_id(struct look *l, rmq_error_detail **detail)
{
	return rmq_admin_messages_by_unique_id(l->admin.admin, l->topic, l->what, l->query,
					       l->admin.options, &l->found, detail);
}

static enum rmq_error look_key(struct look *l, rmq_error_detail **detail)
{
	return rmq_admin_messages_by_key(l->admin.admin, l->topic, l->what, l->query,
					 l->admin.options, &l->found, detail);
}

static enum rmq_error look_times(struct look *l, rmq_error_detail **detail)
{
	return rmq_admin_messages_by_time(l->admin.admin, l->topic, l->query, l->admin.options,
					  &l->found, detail);
}

static enum rmq_error look_place(struct look *l, rmq_error_detail **detail)
{
	return rmq_admin_messages_at(l->admin.admin, &l->queue, l->offset,
				     (int)args_number(l->args, OPTION_count, 1), l->admin.options,
				     &l->found, detail);
}

static int ask(struct look *l, look_function *function)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	int status = admin_open(l->args, &l->admin);

	if (status != CLI_OK)
		return status;
	err = function(l, &detail);
	admin_close(&l->admin);
	return err == RMQ_OK ? CLI_OK : complain_of(l->what, err, detail);
}

/* `must_be`: that there is none is a failure. */
static int look(struct look *l, look_function *function, bool must_be)
{
	const struct args *a = l->args;
	struct render *render = NULL;
	int status = message_query_take(a, &l->query);

	if (status == CLI_OK &&
	    (args_has(a, OPTION_json) || args_has(a, OPTION_format) || args_has(a, OPTION_json_body)))
		status = render_new(a, &render);
	if (status == CLI_OK)
		status = ask(l, function);
	if (status == CLI_OK)
		status = print_found(render, l->found);
	if (status == CLI_OK && must_be && !rmq_found_messages_count(l->found)) {
		complain("%s: %s has no such message", l->what, l->topic);
		status = CLI_FAILED;
	}
	render_free(render);
	rmq_found_messages_free(l->found);
	rmq_message_query_free(l->query);
	return status;
}

/* What has no meaning is refused: a search that passes over it would be another one. */
static int refuse_limits(const struct args *a)
{
	if (args_has(a, OPTION_from) || args_has(a, OPTION_to) || args_has(a, OPTION_queue))
		return wrong_usage("--from, --to and -p go with msg uniq, key, range and trace");
	return CLI_OK;
}

static int look_in_topic(const struct args *a, look_function *function)
{
	struct look l = {.args = a, .topic = args_text(a, OPTION_topic), .what = a->words[0]};

	if (!l.topic)
		return wrong_usage("a topic is needed (-t)");
	return look(&l, function, true);
}

int run_msg_id(const struct args *a)
{
	struct look l = {.args = a, .topic = args_text(a, OPTION_topic), .what = a->words[0]};
	int status = refuse_limits(a);

	if (status == CLI_OK && args_has(a, OPTION_count))
		status = wrong_usage("-c: an offset id names one message");
	return status == CLI_OK ? look(&l, look_offset_id, true) : status;
}

int run_msg_uniq(const struct args *a)
{
	return look_in_topic(a, look_unique_id);
}

int run_msg_key(const struct args *a)
{
	return look_in_topic(a, look_key);
}

int run_msg_at(const struct args *a)
{
	struct look l = {.args = a, .what = a->words[0], .queue = {a->words[0], "", 0}};
	char broker[256];
	int status = refuse_limits(a);

	if (status != CLI_OK)
		return status;
	if (args_has(a, OPTION_topic))
		return wrong_usage("msg at: the topic is its first word");
	if (!read_place(a->words[1], broker, sizeof(broker), &l.queue))
		return wrong_usage("msg at: BROKER:N is wanted, not '%s'", a->words[1]);
	if (!value_number(a->words[2], 0, INT64_MAX, &l.offset))
		return wrong_usage("msg at: an offset is wanted, not '%s'", a->words[2]);
	return look(&l, look_place, true);
}

int run_msg_range(const struct args *a)
{
	struct look l = {.args = a, .topic = a->words[0], .what = a->words[0]};

	if (args_has(a, OPTION_topic))
		return wrong_usage("msg range: the topic is its word");
	return look(&l, look_times, false);
}

int message_find(const struct args *a, struct admin *admin, const char *id,
		 rmq_found_messages **out)
{
	const char *topic = args_text(a, OPTION_topic);
	rmq_error_detail *detail = NULL;
	rmq_found_messages *found = NULL;
	enum rmq_error err =
		topic ? rmq_admin_messages_by_unique_id(admin->admin, topic, id, NULL,
							admin->options, &found, &detail)
		      : rmq_admin_messages_by_offset_id(admin->admin, NULL, id, admin->options,
							&found, &detail);

	if (err != RMQ_OK)
		return complain_of(id, err, detail);
	if (!rmq_found_messages_count(found)) {
		const rmq_unanswered *u = rmq_found_messages_unanswered_at(found, 0);
		int status = u ? unanswered_tell(u) : CLI_FAILED;

		complain("%s: %s has no such message", id, topic ? topic : "the cluster");
		rmq_found_messages_free(found);
		return status;
	}
	*out = found;
	return CLI_OK;
}
