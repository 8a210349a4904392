/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/properties.h"

#include "base/mem.h"

enum rmq_error rmqi_properties_read(struct rmqi_cursor body, rmqi_pairs_fn decode,
				    struct rmq_properties **out)
{
	struct rmq_properties *p = rmqi_calloc(1, sizeof(*p));
	enum rmq_error err = p ? decode(body, &p->pairs) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		*out = p;
	else
		rmqi_free(p);
	return err;
}

void rmqi_properties_free(struct rmq_properties *p)
{
	if (!p)
		return;
	rmqi_pairs_deinit(&p->pairs);
	rmqi_free(p);
}
