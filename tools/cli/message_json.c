/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/message_json.h"

#include <stdbool.h>
#include <string.h>

#include <jansson.h>

#include "tools/cli/writer.h"

static void add_keys(struct writer *w, const char *keys)
{
	writer_list(w, "keys");
	while (*keys) {
		size_t len = strcspn(keys, " ");

		if (len)
			writer_bytes(w, NULL, keys, len);
		keys += len + (keys[len] ? 1 : 0);
	}
	writer_end_list(w);
}

/* Does it stand before, too? Brokers leave WAIT twice in the messages of a batch; a name of an object is there once. */
static bool is_repeated(const rmq_message *m, size_t index, const char *name)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(rmq_property_name(rmq_message_property_at(m, i)), name) == 0)
			return true;
	return false;
}

static void add_properties(struct writer *w, const rmq_message *m)
{
	const rmq_property *p;

	writer_object(w, "properties");
	for (size_t i = 0; (p = rmq_message_property_at(m, i)); i++)
		if (!is_repeated(m, i, rmq_property_name(p)))
			writer_text(w, rmq_property_name(p), rmq_property_value(p));
	writer_end_object(w);
}

static bool is_json(const char *body, size_t len)
{
	json_t *value = json_loadb(body, len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL,
				   NULL);

	json_decref(value);
	return value != NULL;
}

static void add_body(struct writer *w, const rmq_message *m, enum body_form form)
{
	size_t len;
	const char *body = rmq_message_body(m, &len);

	if (form == BODY_JSON && is_json(body, len)) {
		writer_raw(w, "body", body, len);
		writer_text(w, "bodyEncoding", "json");
	} else if (form == BODY_STRING || (form != BODY_BASE64 && is_utf8(body, len))) {
		writer_bytes(w, "body", body, len);
		writer_text(w, "bodyEncoding", "utf8");
	} else {
		writer_base64(w, "body", body, len);
		writer_text(w, "bodyEncoding", "base64");
	}
}

void message_json(const rmq_message *m, enum body_form form, struct text *out)
{
	const struct rmq_queue *queue = rmq_message_queue(m);
	struct writer w;

	writer_init(&w, out);
	writer_object(&w, NULL);
	writer_text(&w, "topic", rmq_message_topic(m));
	writer_text(&w, "broker", queue->broker_name);
	writer_number(&w, "queue", queue->queue_id);
	writer_number(&w, "offset", rmq_message_queue_offset(m));
	writer_number(&w, "physicalOffset", rmq_message_commit_log_offset(m));
	writer_text(&w, "msgId", rmq_message_offset_id(m));
	writer_text(&w, "uniqId", rmq_message_id(m));
	writer_text(&w, "tag", rmq_message_tag(m));
	add_keys(&w, rmq_message_keys(m));
	add_properties(&w, m);
	writer_number(&w, "bornTs", rmq_message_born_ms(m));
	writer_number(&w, "storeTs", rmq_message_store_ms(m));
	writer_text(&w, "bornHost", rmq_message_born_host(m));
	writer_text(&w, "storeHost", rmq_message_store_host(m));
	writer_number(&w, "reconsumeTimes", rmq_message_reconsume_times(m));
	writer_number(&w, "sysFlag", rmq_message_sys_flag(m));
	writer_number(&w, "flag", rmq_message_flag(m));
	add_body(&w, m, form);
	writer_end_object(&w);
}
