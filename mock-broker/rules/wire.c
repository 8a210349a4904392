/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/wire.h"

#include "base/mem.h"
#include "net/filter.h"

struct wire {
	struct rmqi_list link;
	struct rmqi_filter filter;
	struct rmqi_conn *conn; /* borrowed: it is forgotten before it dies */
	size_t sliced;          /* bytes of output that are still cut */
	size_t left;            /* of a silent one: bytes that still go out */
	bool is_silent;
};

void mb_wires_init(struct mb_wires *w)
{
	rmqi_list_init(&w->wires);
}

void mb_wires_deinit(struct mb_wires *w)
{
	RMQI_LIST_EACH(node, &w->wires)
	{
		struct wire *wire = RMQI_LIST_ITEM(node, struct wire, link);

		rmqi_list_remove(node);
		rmqi_free(wire);
	}
}

static struct wire *find(const struct mb_wires *w, const struct rmqi_conn *c)
{
	RMQI_LIST_EACH(node, &w->wires)
	{
		struct wire *wire = RMQI_LIST_ITEM(node, struct wire, link);

		if (wire->conn == c)
			return wire;
	}
	return NULL;
}

static size_t input(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	const struct wire *wire = RMQI_CONTAINER(f, struct wire, filter);

	(void)c;
	(void)bytes;
	return wire->is_silent ? 0 : len;
}

static size_t output(struct rmqi_filter *f, struct rmqi_conn *c, uint8_t *bytes, size_t len)
{
	struct wire *wire = RMQI_CONTAINER(f, struct wire, filter);

	(void)c;
	(void)bytes;
	if (wire->sliced == 0)
		f->output_piece = 0;
	wire->sliced -= len < wire->sliced ? len : wire->sliced;
	if (!wire->is_silent)
		return len;
	len = len < wire->left ? len : wire->left;
	wire->left -= len;
	return len;
}

/* NULL when memory is out, or the connection is closed. */
static struct wire *obtain(struct mb_wires *w, struct rmqi_conn *c)
{
	struct wire *wire = find(w, c);

	if (wire)
		return wire;
	wire = rmqi_calloc(1, sizeof(*wire));
	if (!wire)
		return NULL;
	wire->conn = c;
	wire->filter.input = input;
	wire->filter.output = output;
	if (rmqi_conn_set_filter(c, &wire->filter) != RMQ_OK) {
		rmqi_free(wire);
		return NULL;
	}
	rmqi_list_push(&w->wires, &wire->link);
	return wire;
}

void mb_wires_slice(struct mb_wires *w, struct rmqi_conn *c, size_t bytes, size_t piece,
		    int64_t gap_ms)
{
	struct wire *wire = obtain(w, c);

	if (!wire)
		return;
	wire->sliced = bytes;
	wire->filter.output_piece = piece;
	wire->filter.output_gap_us = gap_ms * 1000;
}

void mb_wires_silence(struct mb_wires *w, struct rmqi_conn *c, size_t bytes)
{
	struct wire *wire = obtain(w, c);

	if (!wire || wire->is_silent)
		return;
	wire->is_silent = true;
	wire->left = bytes;
}

bool mb_wires_is_silent(const struct mb_wires *w, const struct rmqi_conn *c)
{
	const struct wire *wire = find(w, c);

	return wire && wire->is_silent;
}

void mb_wires_forget(struct mb_wires *w, const struct rmqi_conn *c)
{
	struct wire *wire = find(w, c);

	if (!wire)
		return;
	rmqi_list_remove(&wire->link);
	rmqi_free(wire);
}
