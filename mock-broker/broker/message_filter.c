/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/message_filter.h"

#include <string.h>

#include "mock-broker/store/record.h"

bool mb_subscription_is_by_properties(const struct rmqi_subscription *s)
{
	return s->expression_type && *s->expression_type && strcmp(s->expression_type, "TAG") != 0;
}

enum rmq_error mb_filter_compile(const char *type, const char *text, struct mb_expression **out,
				 struct rmqi_buf *why)
{
	/* FilterFactory.java knows this one only; for another one Java has a null pointer. */
	if (strcmp(type, "SQL92") != 0)
		return RMQ_ERR_INVALID_ARGUMENT;
	return mb_expression_new(rmqi_str(text), out, why);
}

static bool match_code(const struct mb_filter *room, int64_t tags_code)
{
	const struct mb_message_filter *f = room->arg;

	return rmqi_subscription_matches_code(f->subscription, tags_code);
}

static bool match_record(const struct mb_filter *room, struct rmqi_cursor record)
{
	const struct mb_message_filter *f = room->arg;
	struct mb_record r;

	return mb_record_read(record, &r) && mb_expression_matches(f->expression, r.properties);
}

const struct mb_filter *mb_message_filter_of(const struct mb_message_filter *f,
					     struct mb_filter *room)
{
	if (!f->subscription)
		return NULL;
	*room = (struct mb_filter){.match_code = match_code,
				   .match_record = f->expression ? match_record : NULL,
				   .arg = f};
	return room;
}

bool mb_message_filter_wants(const struct mb_message_filter *f, const struct mb_arrival *a)
{
	if (f->subscription && !rmqi_subscription_matches_code(f->subscription, a->tags_code))
		return false;
	return !f->expression || mb_expression_matches(f->expression, a->properties);
}
