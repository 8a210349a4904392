/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_msg_told.c - "msg who", "msg trace" and "msg consume": what became of a message.
 */
#include <string.h>

#include "tools/cli/admin_msg.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/message_tell.h"
#include "tools/cli/table.h"

static int refuse_limits(const struct args *a)
{
	if (args_has(a, OPTION_from) || args_has(a, OPTION_to) || args_has(a, OPTION_queue) ||
	    args_has(a, OPTION_count))
		return wrong_usage("--from, --to, -p and -c go with msg uniq, key, range and trace");
	return CLI_OK;
}

static int refuse_formats(const struct args *a)
{
	if (args_has(a, OPTION_format) || args_has(a, OPTION_json_body))
		return wrong_usage("-f and --json-body go with commands that print messages");
	return CLI_OK;
}

/* --- who ---------------------------------------------------------------------------------------------------- */

static int print_consumers(const struct args *a, const rmq_message_consumers *consumers)
{
	static const struct column columns[] = {{"GROUP", "group", false},
						{"TRACK", "track", false},
						{"COMMITTED", "committed", true},
						{"ERROR", "error", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_message_consumer *c;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (c = rmq_message_consumers_at(consumers, i)); i++) {
		enum rmq_error err = rmq_message_consumer_error(c);

		table_text(t, rmq_message_consumer_group(c));
		table_text(t, rmq_track_text(rmq_message_consumer_track(c)));
		if (rmq_message_consumer_offset(c) >= 0)
			table_number(t, rmq_message_consumer_offset(c));
		else
			table_none(t);
		if (err == RMQ_OK) {
			table_none(t);
			continue;
		}
		table_text(t, cause_of(err, rmq_message_consumer_detail(c)));
		/* Groups that are only not online are told so by their track. */
		if (rmq_message_consumer_track(c) == RMQ_TRACK_UNKNOWN)
			status = status_of(err);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_msg_who(const struct args *a)
{
	rmq_message_consumers *consumers = NULL;
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = refuse_limits(a);

	if (status == CLI_OK)
		status = refuse_formats(a);
	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	status = message_find(a, &admin, a->words[0], &found);
	if (status == CLI_OK) {
		err = rmq_admin_message_consumers(admin.admin, rmq_found_messages_at(found, 0),
						  admin.options, &consumers, &detail);
		if (err != RMQ_OK)
			status = complain_of(a->words[0], err, detail);
	}
	admin_close(&admin);
	if (status == CLI_OK)
		status = print_consumers(a, consumers);
	rmq_message_consumers_free(consumers);
	rmq_found_messages_free(found);
	return status;
}

/* --- consume ------------------------------------------------------------------------------------------------ */

static int print_result(const struct args *a, const rmq_direct_result *r)
{
	static const struct column columns[] = {
		{"RESULT", "result", false}, {"MS", "spentMs", true}, {"REMARK", "remark", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const char *text = rmq_direct_result_text(r);
	int status = CLI_FAILED;

	if (t) {
		table_text(t, text);
		table_number(t, rmq_direct_result_spent_ms(r));
		table_text(t, rmq_direct_result_remark(r));
		status = table_end(t, args_has(a, OPTION_json));
	}
	if (status == CLI_OK && strcmp(text, "CR_SUCCESS") != 0 && strcmp(text, "CR_COMMIT") != 0)
		status = CLI_FAILED;
	return status;
}

int run_msg_consume(const struct args *a)
{
	rmq_direct_result *result = NULL;
	rmq_found_messages *found = NULL;
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = refuse_limits(a);

	if (status == CLI_OK)
		status = refuse_formats(a);
	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	status = message_find(a, &admin, a->words[0], &found);
	if (status == CLI_OK) {
		err = rmq_admin_consume_directly(admin.admin, rmq_found_messages_at(found, 0),
						 a->words[1], a->words[2], admin.options, &result,
						 &detail);
		status = err == RMQ_OK ? print_result(a, result)
				       : complain_of(a->words[0], err, detail);
	}
	admin_close(&admin);
	rmq_direct_result_free(result);
	rmq_found_messages_free(found);
	return status;
}

/* --- trace -------------------------------------------------------------------------------------------------- */

static const char *kind_name(enum rmq_trace_kind kind)
{
	static const char *const names[] = {"", "send", "consume", "end transaction", "recall"};

	return kind >= RMQ_TRACE_SEND && kind <= RMQ_TRACE_RECALL ? names[kind] : "";
}

static const char *status_name(enum rmq_trace_status status)
{
	return status == RMQ_TRACE_STATUS_OK ? "ok" : status == RMQ_TRACE_STATUS_FAILED ? "failed" : "unknown";
}

static void add_trace(struct table *t, const rmq_message_trace *r)
{
	struct text time = {0};
	const char *outcome = rmq_message_trace_outcome(r);

	tell_time(rmq_message_trace_time_ms(r), &time);
	table_text(t, text_string(&time));
	text_free(&time);
	table_text(t, kind_name(rmq_message_trace_kind(r)));
	table_text(t, status_name(rmq_message_trace_status(r)));
	if (rmq_message_trace_cost_ms(r) >= 0)
		table_number(t, rmq_message_trace_cost_ms(r));
	else
		table_none(t);
	table_text(t, rmq_message_trace_group(r));
	table_text(t, rmq_message_trace_client(r));
	table_text(t, rmq_message_trace_broker(r));
	if (rmq_message_trace_retry_times(r) >= 0)
		table_number(t, rmq_message_trace_retry_times(r));
	else
		table_none(t);
	table_text(t, *outcome ? outcome : rmq_message_trace_state(r));
}

static int print_traces(const struct args *a, const rmq_message_traces *traces)
{
	static const struct column columns[] = {
		{"TIME", "time", false},       {"KIND", "kind", false},
		{"STATUS", "status", false},   {"MS", "costMs", true},
		{"GROUP", "group", false},     {"CLIENT", "client", false},
		{"BROKER", "broker", false},   {"RETRIES", "retryTimes", true},
		{"OUTCOME", "outcome", false},
	};
	struct table *t;
	const rmq_message_trace *r;
	const rmq_unanswered *u;
	int status;

	if (!rmq_message_traces_count(traces) && !rmq_message_traces_unanswered_count(traces)) {
		complain("%s: nobody told of it", a->words[0]);
		return CLI_FAILED;
	}
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; t && (r = rmq_message_traces_at(traces, i)); i++)
		add_trace(t, r);
	status = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	for (size_t i = 0; (u = rmq_message_traces_unanswered_at(traces, i)); i++)
		status = unanswered_tell(u);
	return status;
}

int run_msg_trace(const struct args *a)
{
	rmq_message_traces *traces = NULL;
	rmq_message_query *query = NULL;
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = refuse_formats(a);

	if (status == CLI_OK)
		status = message_query_take(a, &query);
	if (status != CLI_OK)
		return status;
	status = admin_open(a, &admin);
	if (status == CLI_OK) {
		err = rmq_admin_message_traces(admin.admin, args_text(a, OPTION_topic), a->words[0],
					       query, admin.options, &traces, &detail);
		admin_close(&admin);
		status = err == RMQ_OK ? print_traces(a, traces)
				       : complain_of(a->words[0], err, detail);
	}
	rmq_message_traces_free(traces);
	rmq_message_query_free(query);
	return status;
}
