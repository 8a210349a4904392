/* SPDX-License-Identifier: Apache-2.0 */
#include "send/refusals.h"

uint64_t rmqi_refusals_hash(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

void rmqi_refusals_note(struct rmqi_refusals *r, const char *topic, int64_t now_us)
{
	uint64_t hash = rmqi_refusals_hash(RMQI_REFUSALS_HASH_START, topic);

	atomic_store(&r->until_us[hash % RMQI_REFUSALS], now_us + RMQI_REFUSAL_US);
	atomic_store(&r->hashes[hash % RMQI_REFUSALS], hash);
	atomic_store(&r->any, true);
}

bool rmqi_refusals_has(struct rmqi_refusals *r, const char *topic, const struct rmqi_clock *clock)
{
	uint64_t hash;

	if (!atomic_load_explicit(&r->any, memory_order_relaxed))
		return false;
	hash = rmqi_refusals_hash(RMQI_REFUSALS_HASH_START, topic);
	return atomic_load(&r->hashes[hash % RMQI_REFUSALS]) == hash &&
	       rmqi_clock_us(clock) < atomic_load(&r->until_us[hash % RMQI_REFUSALS]);
}
