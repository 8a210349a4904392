/* SPDX-License-Identifier: Apache-2.0 */
#include "send/lite.h"

/* Of the generator (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm"). */
#define FACTOR UINT64_C(2862933555777941757)
#define RANGE 2147483648.0 /* 2^31 */

size_t rmqi_lite_bucket(int32_t hash, size_t buckets)
{
	uint64_t state = (uint64_t)(int64_t)hash;
	size_t candidate = 0;

	for (;;) {
		double part, next;

		state = state * FACTOR + 1;
		/* Java's sum would be below 0. */
		if (state >> 33 == INT32_MAX)
			return candidate;
		part = ((double)(state >> 33) + 1) / RANGE;
		next = ((double)candidate + 1) / part;
		if (next >= (double)buckets)
			return candidate;
		candidate = (size_t)next;
	}
}

static const struct rmqi_publish_queue *pick_lite(void *arg, struct rmqi_topic_route *route,
						  const struct rmqi_publish_queue *last,
						  int64_t now_us)
{
	const int32_t *hash = arg;

	(void)now_us;
	if (last)
		return last;
	if (route->publish_count == 0)
		return NULL;
	return &route->publish[rmqi_lite_bucket(*hash, route->publish_count)];
}

struct rmqi_picker rmqi_picker_lite(const int32_t *hash)
{
	return (struct rmqi_picker){
		.pick = pick_lite, .arg = (void *)(uintptr_t)hash, .is_bound = true};
}
