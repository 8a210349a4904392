/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/tags_code.h"

#include <stdbool.h>

#include "base/macros.h"
#include "codec/names.h"
#include "codec/properties.h"

#define SECONDS(n) (INT64_C(1000) * (n))
#define MINUTES(n) (SECONDS(60) * (n))
#define HOURS(n) (MINUTES(60) * (n))

struct mb_delays mb_delays_default(void)
{
	static const int64_t ms[] = {
		SECONDS(1), SECONDS(5),  SECONDS(10), SECONDS(30), MINUTES(1), MINUTES(2),
		MINUTES(3), MINUTES(4),  MINUTES(5),  MINUTES(6),  MINUTES(7), MINUTES(8),
		MINUTES(9), MINUTES(10), MINUTES(20), MINUTES(30), HOURS(1),   HOURS(2),
	};

	return (struct mb_delays){ms, RMQI_COUNT(ms)};
}

/* False: the message is not delayed, or its level is no number (where Java's broker would stop). */
static bool delay_of(const struct mb_delays *delays, struct rmqi_str properties, int64_t *ms)
{
	struct rmqi_str text;
	int32_t level;

	if (!rmqi_properties_get(properties, RMQI_PROP_DELAY, &text) ||
	    !rmqi_str_to_i32(text, &level) || level <= 0 || delays->count == 0)
		return false;
	*ms = delays->ms[(size_t)level < delays->count ? (size_t)level - 1 : delays->count - 1];
	return true;
}

int64_t mb_tags_code(const struct mb_delays *delays, struct rmqi_str topic,
		     struct rmqi_str properties, int64_t store_timestamp)
{
	struct rmqi_str tags;
	int64_t ms;

	if (rmqi_str_is(topic, RMQI_TOPIC_SCHEDULE) && delay_of(delays, properties, &ms))
		return store_timestamp + ms;
	if (rmqi_properties_get(properties, RMQI_PROP_TAGS, &tags))
		return rmqi_java_hash(tags);
	return 0;
}
