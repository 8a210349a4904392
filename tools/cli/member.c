/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/member.h"

#include <string.h>
#include <time.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/modes.h"
#include "tools/cli/output.h"
#include "tools/cli/positions.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

enum { JOIN_MS = 10000, LOOK_MS = 250 };

bool member_print(struct member *m, const rmq_message *message)
{
	struct text line = {0};
	bool is_written;
	size_t len;

	render_message(m->render, message, &line);
	is_written = output_take(&line) && output_flush();
	text_free(&line);
	if (!is_written)
		return false;
	rmq_message_body(message, &len);
	m->tally.messages++;
	m->tally.bytes += len;
	if (member_has_enough(m))
		stop_now();
	return true;
}

bool member_has_enough(const struct member *m)
{
	return m->limit && m->tally.messages >= m->limit;
}

/* What waiting will not change. */
static bool is_final(enum rmq_error err, const rmq_error_detail *detail)
{
	return err == RMQ_ERR_NO_ROUTE || err == RMQ_ERR_DENIED || err == RMQ_ERR_UNSUPPORTED ||
	       (rmq_error_detail_flags(detail) & RMQ_ERROR_FATAL);
}

int member_wait(const struct member *m, member_wait_fn wait, void *client)
{
	int64_t until = value_ticks() + JOIN_MS;

	while (!stop_wanted()) {
		rmq_error_detail *detail = NULL;
		enum rmq_error err = wait(client, LOOK_MS, &detail);
		bool is_late = value_ticks() >= until;

		if (err == RMQ_OK)
			return CLI_OK;
		if (is_final(err, detail) || (is_late && err != RMQ_ERR_TIMEOUT))
			return complain_of(m->group, err, detail);
		if (is_late)
			warn("%s: %s; going on", m->group, cause_of(err, detail));
		rmq_error_detail_free(detail);
		if (is_late)
			return CLI_OK;
	}
	return CLI_OK;
}

/* --- Options ----------------------------------------------------------------------------------------- */

static int set_time(rmq_config *config, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;
	char text[32];
	int status = client_set(config, "consumeFromWhere", "CONSUME_FROM_TIMESTAMP");

	if (status != CLI_OK || !localtime_r(&seconds, &parts))
		return status;
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &parts);
	return client_set(config, "consumeTimestamp", text);
}

static int set_beginning(const struct args *a, rmq_config *config)
{
	const char *text = args_text(a, OPTION_offset);
	struct position p;
	bool is_end;

	if (!text)
		return CLI_OK;
	if (position_read(text, &p, &is_end) && !is_end) {
		if (p.kind == POSITION_MIN)
			return client_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
		if (p.kind == POSITION_MAX)
			return client_set(config, "consumeFromWhere", "CONSUME_FROM_LAST_OFFSET");
		if (p.kind == POSITION_TIME)
			return set_time(config, p.value);
	}
	return wrong_usage("-o: with -G min, max or s@TIME is wanted, not '%s'", text);
}

static int check(const struct args *a)
{
	bool is_pop = args_has(a, OPTION_pop);

	if (args_has(a, OPTION_filter) && args_has(a, OPTION_sql))
		return wrong_usage("-s and --sql exclude each other");
	if (is_pop && args_has(a, OPTION_broadcast))
		return wrong_usage("--pop and --broadcast exclude each other");
	if (args_has(a, OPTION_invisible) && !is_pop)
		return wrong_usage("--invisible goes with --pop");
	if (args_choice(a, OPTION_ack) == (int)ACK_NEVER && !is_pop)
		return wrong_usage("--ack never goes with --pop; to look without committing use -C");
	if (args_choice(a, OPTION_ack) == (int)ACK_LATER && args_has(a, OPTION_broadcast))
		return wrong_usage("--ack later and --broadcast exclude each other");
	return CLI_OK;
}

static int set_topics(struct member *m)
{
	static const char *one[1];

	one[0] = args_text(m->args, OPTION_topic);
	if (one[0] && m->args->word_count)
		return wrong_usage("'%s' is too much: either -t or words name the topics",
				   m->args->words[0]);
	m->topics = one[0] ? one : (const char *const *)m->args->words;
	m->topic_count = one[0] ? 1 : m->args->word_count;
	return m->topic_count ? CLI_OK : wrong_usage("-G needs a topic (-t)");
}

static int configure(const struct member *m, rmq_config **config)
{
	int status = client_config(m->args, config);

	if (status != CLI_OK)
		return status;
	client_tell_events(*config, m->args);
	status = set_beginning(m->args, *config);
	if (status == CLI_OK && args_has(m->args, OPTION_broadcast))
		status = client_set(*config, "messageModel", "BROADCASTING");
	if (status != CLI_OK)
		rmq_config_free(*config);
	return status;
}

int run_member(const struct args *a)
{
	struct member m = {.args = a,
			   .group = args_text(a, OPTION_group),
			   .limit = (uint64_t)args_number(a, OPTION_count, 0)};
	rmq_config *config;
	int status = check(a);

	if (args_has(a, OPTION_ack))
		m.ack = (enum member_ack)args_choice(a, OPTION_ack);
	if (status == CLI_OK)
		status = set_topics(&m);
	if (status == CLI_OK)
		status = render_new(a, &m.render);
	if (status == CLI_OK)
		status = configure(&m, &config);
	if (status == CLI_OK) {
		status = args_has(a, OPTION_pop) ? member_pop(&m, config) : member_push(&m, config);
		rmq_config_free(config);
	}
	render_free(m.render);
	return status == CLI_OK ? tally_judge(a, m.tally.messages) : status;
}
