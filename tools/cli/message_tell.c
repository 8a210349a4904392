/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/message_tell.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* As UTF-8 without control characters, but line ends and tabs. */
static void add_shown(struct text *out, const char *data, size_t len)
{
	size_t at = out->len;

	text_add_utf8(out, data, len);
	for (; at < out->len; at++) {
		unsigned char c = (unsigned char)out->data[at];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			out->data[at] = '?';
	}
}

static void add_line(struct text *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	text_addf(out, "%-14s", name);
	add_shown(out, value, strlen(value));
	text_addc(out, '\n');
}

void tell_time(int64_t ms, struct text *out)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;
	char shown[64];

	if (gmtime_r(&seconds, &parts) && strftime(shown, sizeof(shown), "%Y-%m-%dT%H:%M:%S", &parts))
		text_addf(out, "%s.%03dZ", shown, (int)(ms % 1000));
	else
		text_addf(out, "%" PRId64, ms);
}

static void add_moment(struct text *out, const char *name, int64_t ms, const char *host)
{
	text_addf(out, "%-14s", name);
	tell_time(ms, out);
	text_addf(out, "%s%s\n", *host ? " at " : "", host);
}

static void add_properties(struct text *out, const rmq_message *m)
{
	const rmq_property *p;

	for (size_t i = 0; (p = rmq_message_property_at(m, i)); i++) {
		text_addf(out, "%-14s", "Property");
		add_shown(out, rmq_property_name(p), strlen(rmq_property_name(p)));
		text_addc(out, '=');
		add_shown(out, rmq_property_value(p), strlen(rmq_property_value(p)));
		text_addc(out, '\n');
	}
}

static void add_body(struct text *out, const rmq_message *m)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);
	bool is_text = is_utf8(body, len);

	text_addf(out, "%-14s%zu bytes%s\n", "Body", len, is_text ? "" : ", as base64");
	if (is_text)
		add_shown(out, body, len);
	else
		text_add_base64(out, body, len);
	text_addc(out, '\n');
}

void message_tell(const rmq_message *m, struct text *out)
{
	const struct rmq_queue *queue = rmq_message_queue(m);

	add_line(out, "Topic", rmq_message_topic(m));
	text_addf(out, "%-14s%s:%d\n", "Queue", queue->broker_name, (int)queue->queue_id);
	text_addf(out, "%-14s%" PRId64 ", %" PRId64 " in the log\n", "Offset",
		  rmq_message_queue_offset(m), rmq_message_commit_log_offset(m));
	add_line(out, "Unique id", rmq_message_id(m));
	add_line(out, "Offset id", rmq_message_offset_id(m));
	add_line(out, "Tag", rmq_message_tag(m));
	add_line(out, "Keys", rmq_message_keys(m));
	add_moment(out, "Born", rmq_message_born_ms(m), rmq_message_born_host(m));
	add_moment(out, "Stored", rmq_message_store_ms(m), rmq_message_store_host(m));
	text_addf(out, "%-14s%d times\n", "Redelivered", (int)rmq_message_reconsume_times(m));
	add_properties(out, m);
	add_body(out, m);
}
