/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/subject.h"

#include "codec/schema.h"

static bool find(const struct mb_subject *s, struct rmqi_str key, struct rmqi_str *out)
{
	for (size_t i = 0; i < s->ext_count; i++) {
		if (rmqi_str_eq(s->ext[i].key, key)) {
			*out = s->ext[i].value;
			return true;
		}
	}
	return false;
}

/* By the letter that stands for it in requests of this code. */
static bool find_short(const struct mb_subject *s, struct rmqi_str name, struct rmqi_str *out)
{
	const struct rmqi_request_desc *request = rmqi_request_find(s->code);
	const struct rmqi_header_desc *desc = request ? request->request : NULL;

	if (!desc || !desc->short_keys)
		return false;
	for (size_t i = 0; i < desc->field_count; i++) {
		if (rmqi_str_is(name, desc->fields[i].key))
			return find(s, rmqi_field_wire(&desc->fields[i]), out);
	}
	return false;
}

bool mb_subject_field(const struct mb_subject *s, struct rmqi_str name, struct rmqi_str *out)
{
	return find(s, name, out) || find_short(s, name, out);
}

bool mb_subject_any(const struct mb_subject *s, const char *const *names, struct rmqi_str *out)
{
	for (; *names; names++) {
		if (mb_subject_field(s, rmqi_str(*names), out))
			return true;
	}
	return false;
}
