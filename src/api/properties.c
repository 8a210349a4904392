/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/properties.h"

static const struct rmqi_pair *pair_at(const rmq_properties *p, size_t index)
{
	return index < rmq_properties_count(p) ? &p->pairs.items[index] : NULL;
}

size_t rmq_properties_count(const rmq_properties *p)
{
	return p ? p->pairs.count : 0;
}

const char *rmq_properties_name_at(const rmq_properties *p, size_t index)
{
	const struct rmqi_pair *pair = pair_at(p, index);

	return pair ? pair->name : NULL;
}

const char *rmq_properties_value_at(const rmq_properties *p, size_t index)
{
	const struct rmqi_pair *pair = pair_at(p, index);

	return pair ? pair->value : NULL;
}

const char *rmq_properties_find(const rmq_properties *p, const char *name)
{
	return p && name ? rmqi_pairs_find(&p->pairs, name) : NULL;
}

void rmq_properties_free(rmq_properties *p)
{
	rmqi_properties_free(p);
}
