/* SPDX-License-Identifier: Apache-2.0 */
/* Each tag of a subscription matches it, and so does its hash. */
#include <stdlib.h>

#include "codec/names.h"
#include "codec/subscription.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct rmqi_subscription *s)
{
	struct rmqi_subscription *copy;

	demand(s->code_count <= s->tag_count);
	for (size_t i = 0; i < s->tag_count; i++) {
		struct rmqi_str tag = rmqi_str(s->tags[i]);

		demand(tag.len > 0 && rmqi_subscription_matches_tag(s, tag));
		demand(rmqi_subscription_matches_code(s, rmqi_java_hash(tag)));
	}
	demand(rmqi_subscription_dup(s, &copy) == RMQ_OK);
	demand(copy->tag_count == s->tag_count && copy->code_count == s->code_count);
	rmqi_subscription_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rmqi_subscription *s;
	/* Texts of the api are C strings; a NUL would end the copy, not the hash. */
	struct rmqi_str head = rmqi_str_n(data, size);

	for (size_t i = 0; i < head.len; i++)
		if (head.ptr[i] == '\0')
			head.len = i;
	if (rmqi_subscription_new(RMQI_STR("T"), head, rmqi_str(NULL), 1, &s) == RMQ_OK) {
		check(s);
		rmqi_subscription_free(s);
	}
	if (rmqi_subscription_new(RMQI_STR("T"), head, RMQI_STR("SQL92"), 1, &s) == RMQ_OK) {
		demand(s->tag_count == 0);
		rmqi_subscription_free(s);
	}
	return 0;
}
