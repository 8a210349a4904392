/* SPDX-License-Identifier: Apache-2.0 */
/*
 * produce.c - the mode -P: sends what stdin or files hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/input.h"
#include "tools/cli/message_json.h"
#include "tools/cli/modes.h"
#include "tools/cli/output.h"
#include "tools/cli/sender.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

/* A delimiter with its escapes read. */
struct delimiter {
	char *bytes; /* owned; NULL: none */
	size_t len;
};

struct producing {
	const struct args *args;
	struct sender *sender;
	const char *topic; /* NULL: lines of JSON name it */
	char **files;       /* words behind the topic */
	size_t file_count;
	struct delimiter delimiter, key, tag;
	struct target target;
	char *broker; /* owned: of target */
	bool is_json;
	uint64_t limit; /* messages; 0: none */
	uint64_t records, empty;
};

/* --- Messages ---------------------------------------------------------------------------------------- */

/* Cuts what stands before the delimiter off the front. NULL: it is not there. Owned. */
static char *cut(const struct delimiter *d, const char **at, size_t *len)
{
	const char *found = d->bytes ? memmem(*at, *len, d->bytes, d->len) : NULL;
	char *head = found ? strndup(*at, (size_t)(found - *at)) : NULL;

	if (!head)
		return NULL;
	*len -= (size_t)(found - *at) + d->len;
	*at = found + d->len;
	return head;
}

static enum rmq_error add_keys(const struct producing *p, rmq_message *m, const char *key,
			       rmq_error_detail **detail)
{
	struct text keys = {0};
	enum rmq_error err = RMQ_OK;
	const char *each;
	size_t at = 0;

	text_adds(&keys, key ? key : "");
	while ((each = args_next(p->args, OPTION_key, &at)))
		text_addf(&keys, "%s%s", keys.len ? " " : "", each);
	if (keys.len)
		err = rmq_message_set_keys(m, text_string(&keys), detail);
	text_free(&keys);
	return err;
}

static enum rmq_error add_properties(const struct producing *p, rmq_message *m,
				     rmq_error_detail **detail)
{
	enum rmq_error err = RMQ_OK;
	const char *pair;
	size_t at = 0;

	while (err == RMQ_OK && (pair = args_next(p->args, OPTION_property, &at))) {
		const char *value = strchr(pair, '=');
		char *name = strndup(pair, (size_t)(value - pair));

		err = name ? rmq_message_set_property(m, name, value + 1, detail)
			   : RMQ_ERR_NO_MEMORY;
		free(name);
	}
	return err;
}

static enum rmq_error add_time(const struct args *a, rmq_message *m, rmq_error_detail **detail)
{
	if (args_has(a, OPTION_delay_level))
		return rmq_message_set_delay_level(m, (int)args_number(a, OPTION_delay_level, 0),
						   detail);
	if (args_has(a, OPTION_delay))
		return rmq_message_set_delay_time_ms(m, args_duration(a, OPTION_delay, 0), detail);
	if (args_has(a, OPTION_deliver_at))
		return rmq_message_set_deliver_time_ms(m, args_time(a, OPTION_deliver_at, 0), detail);
	return RMQ_OK;
}

/* What the options say of every message. */
static enum rmq_error add_options(const struct producing *p, rmq_message *m, const char *key,
				  const char *tag, rmq_error_detail **detail)
{
	const struct args *a = p->args;
	enum rmq_error err = RMQ_OK;

	if (tag || args_has(a, OPTION_tag))
		err = rmq_message_set_tag(m, tag && tag[0] ? tag : args_text(a, OPTION_tag), detail);
	if (err == RMQ_OK)
		err = add_keys(p, m, key, detail);
	if (err == RMQ_OK)
		err = add_properties(p, m, detail);
	if (err == RMQ_OK)
		err = add_time(a, m, detail);
	if (err == RMQ_OK && args_has(a, OPTION_priority))
		err = rmq_message_set_priority(m, (int)args_number(a, OPTION_priority, 0), detail);
	if (err == RMQ_OK && args_has(a, OPTION_lite_topic))
		err = rmq_message_set_lite_topic(m, args_text(a, OPTION_lite_topic), detail);
	return err;
}

static void send_plain(struct producing *p, const char *record, size_t len)
{
	rmq_error_detail *detail = NULL;
	char *key = cut(&p->key, &record, &len);
	char *tag = cut(&p->tag, &record, &len);
	rmq_message *m = rmq_message_new(p->topic, record, len);
	enum rmq_error err = m ? add_options(p, m, key, tag, &detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK) {
		sender_send(p->sender, m, NULL, p->records);
	} else {
		sender_refuse(p->sender, p->records, cause_of(err, detail));
		rmq_message_free(m);
	}
	rmq_error_detail_free(detail);
	free(key);
	free(tag);
}

/* The queue of the line is that of its topic: with another one (-t) it means nothing. */
static void send_json(struct producing *p, const char *record, size_t len)
{
	struct json_message read;
	struct text why = {0};
	struct target target;

	if (!message_from_json(record, len, p->topic, &read, &why)) {
		sender_refuse(p->sender, p->records, text_string(&why));
	} else {
		target = p->target;
		if (read.shard_key)
			target = (struct target){NULL, -1, read.shard_key};
		else if (!p->topic && read.queue >= 0 && target.queue < 0 && !target.shard_key)
			target = (struct target){read.broker, read.queue, NULL};
		sender_send(p->sender, read.message, &target, p->records);
		read.message = NULL;
		json_message_deinit(&read);
	}
	text_free(&why);
}

static void take_record(struct producing *p, const char *record, size_t len)
{
	if (!len) {
		p->empty++;
		return;
	}
	p->records++;
	if (p->is_json)
		send_json(p, record, len);
	else
		send_plain(p, record, len);
}

/* --- Inputs ------------------------------------------------------------------------------------------ */

static bool is_enough(const struct producing *p)
{
	return (p->limit && p->records >= p->limit) || sender_is_hopeless(p->sender);
}

/* CLI_OK, or what was said. */
static int drain(struct producing *p, struct input *in, const char *name)
{
	enum input_got got = INPUT_RECORD;
	bool may_wait = false;
	const char *record;
	size_t len;

	while (got < INPUT_STOPPED && !is_enough(p)) {
		got = input_next(in, may_wait, &record, &len);
		may_wait = got == INPUT_LATER;
		if (got == INPUT_LATER) {
			sender_flush(p->sender);
		} else if (got == INPUT_RECORD) {
			take_record(p, record, len);
		} else if (got == INPUT_TOO_LONG) {
			p->records++;
			sender_refuse(p->sender, p->records, "it is longer than 64 MiB");
		}
	}
	if (got != INPUT_FAILED)
		return CLI_OK;
	complain("%s: %s", name, strerror(errno));
	return CLI_FAILED;
}

static int drain_file(struct producing *p, const char *path)
{
	bool has_lines = p->is_json || args_has(p->args, OPTION_lines);
	struct input in;
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;

	if (fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return CLI_FAILED;
	}
	input_init(&in, fd, has_lines ? p->delimiter.bytes : NULL, p->delimiter.len);
	status = drain(p, &in, path);
	input_deinit(&in);
	close(fd);
	return status;
}

static int drain_stdin(struct producing *p)
{
	struct input in;
	int status;

	input_init(&in, STDIN_FILENO, p->delimiter.bytes, p->delimiter.len);
	in.is_tee = args_has(p->args, OPTION_tee);
	status = drain(p, &in, "stdin");
	input_deinit(&in);
	return status;
}

static int drain_all(struct producing *p)
{
	int status = p->file_count ? CLI_OK : drain_stdin(p);

	for (size_t i = 0; i < p->file_count && !stop_wanted() && !is_enough(p); i++) {
		int of_file = drain_file(p, p->files[i]);

		if (status == CLI_OK)
			status = of_file;
	}
	if (p->empty)
		warn("%" PRIu64 " empty messages were left out: brokers take none", p->empty);
	if (sender_is_hopeless(p->sender))
		complain("giving up: none of the first messages was stored");
	return status;
}

/* --- Options ----------------------------------------------------------------------------------------- */

static int read_delimiter(const struct args *a, enum option_id id, const char *usual,
			  struct delimiter *out)
{
	const char *given = args_text(a, id);

	if (!given)
		given = usual;
	if (!given)
		return CLI_OK;
	out->bytes = strdup(given);
	if (!out->bytes) {
		complain("out of memory");
		return CLI_FAILED;
	}
	if (!value_escapes(given, out->bytes, &out->len))
		return wrong_usage("--%s: an escape is none of \\n \\t \\r \\0 \\\\ \\xNN in '%s'",
				   option_row(id)->name, given);
	return CLI_OK;
}

static int read_delimiters(struct producing *p)
{
	bool is_null = args_has(p->args, OPTION_null);
	int status = CLI_OK;

	if (is_null && args_has(p->args, OPTION_delim))
		return wrong_usage("-Z and -D exclude each other");
	status = read_delimiter(p->args, OPTION_delim, is_null ? "\\0" : "\\n", &p->delimiter);
	if (status == CLI_OK)
		status = read_delimiter(p->args, OPTION_key_delim, NULL, &p->key);
	if (status == CLI_OK)
		status = read_delimiter(p->args, OPTION_tag_delim, NULL, &p->tag);
	return status;
}

static int read_target(struct producing *p)
{
	const char *given = args_text(p->args, OPTION_queue);
	const char *colon = given ? strrchr(given, ':') : NULL;
	int64_t number;

	p->target = (struct target){NULL, -1, args_text(p->args, OPTION_shard_key)};
	if (!given)
		return CLI_OK;
	if (p->target.shard_key)
		return wrong_usage("-p and --shard-key exclude each other");
	if (args_times(p->args, OPTION_queue) > 1)
		return wrong_usage("-p: a message goes to one queue");
	if (!value_number(colon ? colon + 1 : given, 0, INT32_MAX, &number))
		return wrong_usage("-p: [BROKER:]N is wanted, not '%s'", given);
	p->target.queue = (int)number;
	if (!colon)
		return CLI_OK;
	p->target.broker = p->broker = strndup(given, (size_t)(colon - given));
	if (p->broker)
		return CLI_OK;
	complain("out of memory");
	return CLI_FAILED;
}

static int check_values(const struct args *a)
{
	int times = args_has(a, OPTION_delay_level) + args_has(a, OPTION_delay) +
		       args_has(a, OPTION_deliver_at);
	const char *pair;
	size_t at = 0;

	if (times > 1)
		return wrong_usage("--delay-level, --delay and --deliver-at exclude each other");
	if (!args_within(a, OPTION_delay_level, 0, 18) ||
	    !args_within(a, OPTION_priority, 0, INT32_MAX) ||
	    !args_within(a, OPTION_count, 0, INT64_MAX))
		return CLI_USAGE;
	while ((pair = args_next(a, OPTION_property, &at)))
		if (!strchr(pair, '=') || pair[0] == '=')
			return wrong_usage("-H: NAME=VALUE is wanted, not '%s'", pair);
	return CLI_OK;
}

/* With JSON the line says it, and only that. */
static int check_json(const struct args *a)
{
	static const enum option_id ours[] = {
		OPTION_key,         OPTION_tag,      OPTION_property,   OPTION_delay_level,
		OPTION_delay,       OPTION_priority, OPTION_lite_topic, OPTION_deliver_at,
		OPTION_key_delim,   OPTION_tag_delim};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (args_has(a, ours[i]) && args_has(a, OPTION_json_in))
			return wrong_usage("--%s and --json-in exclude each other: the line says it",
					   option_row(ours[i])->name);
	return CLI_OK;
}

static int read_topic(struct producing *p)
{
	const struct args *a = p->args;

	p->topic = args_text(a, OPTION_topic);
	p->files = a->words;
	p->file_count = a->word_count;
	if (p->topic || p->is_json)
		return CLI_OK;
	if (!p->file_count)
		return wrong_usage("-P needs a topic (-t)");
	p->topic = *p->files++;
	p->file_count--;
	return CLI_OK;
}

static int set_compression(const struct args *a, rmq_config *config)
{
	static const char *const types[] = {"ZLIB", "LZ4", "ZSTD"};
	int chosen = args_choice(a, OPTION_compress);
	int status;

	if (chosen < 0)
		return CLI_OK;
	if (chosen == (int)(sizeof(types) / sizeof(types[0])))
		return client_set(config, "compressMsgBodyOverHowmuch", "2147483647");
	status = client_set(config, "compressType", types[chosen]);
	return status == CLI_OK ? client_set(config, "compressMsgBodyOverHowmuch", "1") : status;
}

static int open_sender(struct producing *p)
{
	rmq_config *config;
	int status = client_config(p->args, &config);

	if (status != CLI_OK)
		return status;
	status = set_compression(p->args, config);
	if (status == CLI_OK)
		status = sender_new(p->args, config, &p->target, &p->sender);
	rmq_config_free(config);
	return status;
}

int run_produce(const struct args *a)
{
	struct producing p = {.args = a, .is_json = args_has(a, OPTION_json_in)};
	int (*const steps[])(struct producing *) = {read_topic, read_delimiters, read_target,
						    open_sender};
	int status = check_values(a), ended;

	if (status == CLI_OK)
		status = check_json(a);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == CLI_OK; i++)
		status = steps[i](&p);
	if (status == CLI_OK) {
		p.limit = (uint64_t)args_number(a, OPTION_count, 0);
		status = drain_all(&p);
		ended = sender_end(p.sender);
		status = ended != CLI_OK ? ended : status;
	}
	sender_free(p.sender);
	free(p.delimiter.bytes);
	free(p.key.bytes);
	free(p.tag.bytes);
	free(p.broker);
	return status;
}
